// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Barriers 1 to 15 of a block (bar.sync): each time, of as many threads as those who come say. */
final class NamedBarriers {
    private static final int LAST = 15;

    /** Those that have come. */
    private record Meeting(int threads, List<SimulatedThread> come) {
    }

    private final Block block;
    private final Map<Integer, Meeting> meetings = new HashMap<>();

    NamedBarriers(Block block) {
        this.block = block;
    }

    void await(SimulatedThread thread, int number, int threads) {
        if (number < 1 || number > LAST || threads < Warp.SIZE || threads % Warp.SIZE != 0 || threads > block.threads().size()) {
            throw thread.fault("barrier " + number + " of " + threads + " threads: its number is 1 to " + LAST
                    + ", its threads are a multiple of 32 and at most the block's " + block.threads().size() + SourceLines.here(), null);
        }
        Meeting meeting = meetings.computeIfAbsent(number, n -> new Meeting(threads, new ArrayList<>()));
        if (meeting.threads != threads) {
            throw thread.fault("barrier " + number + " of " + threads + " threads, where thread " + meeting.come.getFirst().name() + " waits for "
                    + meeting.threads + SourceLines.here(), null);
        }
        thread.waitAt("barrier " + number);
        meeting.come.add(thread);
        if (meeting.come.size() < threads) {
            block.scheduler().await(thread);
            return;
        }
        requireWholeWarps(meeting, number);
        meetings.remove(number);
        block.order().meet(meeting.come);
        block.scheduler().release(meeting.come, thread);
    }

    private static void requireWholeWarps(Meeting meeting, int number) {
        int[] perWarp = new int[1024 / Warp.SIZE];
        for (SimulatedThread thread : meeting.come) {
            perWarp[thread.number() / Warp.SIZE]++;
        }
        for (SimulatedThread thread : meeting.come) {
            int count = perWarp[thread.number() / Warp.SIZE];
            if (count != Warp.SIZE) {
                throw thread.fault("barrier " + number + " is reached by " + count + " threads of a warp; it takes whole warps", null);
            }
        }
    }

    /** What a thread waits for, in words; null for nothing here. */
    @Nullable
    String awaited(SimulatedThread thread) {
        for (Map.Entry<Integer, Meeting> entry : meetings.entrySet()) {
            Meeting meeting = entry.getValue();
            if (meeting.come.contains(thread)) {
                return "barrier " + entry.getKey() + ", to which " + meeting.come.size() + " of " + meeting.threads + " threads have come";
            }
        }
        return null;
    }
}
