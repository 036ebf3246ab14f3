// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.List;

/** The time of a launch, in ticks that grow with each meeting of threads, and the agents of the running block. */
@SuppressWarnings("ReferenceEquality") // what is known never changes in place: threads that know the same mostly share the array
final class Order {
    /** Who takes part in a meeting. */
    interface Member {
        Clock clock();
    }

    static final int[] NOTHING = {};

    private final List<String> agents = new ArrayList<>();
    private int tick;
    private int start;
    private int barrier;
    private int threads;

    /** A block begins: later accesses have later ticks than those of all blocks before. */
    void enterBlock(int blockThreads) {
        start = ++tick;
        barrier = start;
        threads = blockThreads;
        agents.clear();
    }

    /** The first tick of the running block. */
    int start() {
        return start;
    }

    /** The tick of the block's last barrier: what has an earlier one is ordered before everything from now on. */
    int barrier() {
        return barrier;
    }

    int tick() {
        return ++tick;
    }

    /** A new agent; the words say what does not see it, as "a box store of thread (0, 0, 0), whose awaitRead is missing". */
    int addAgent(String described) {
        agents.add(described);
        return threads + agents.size() - 1;
    }

    boolean isThread(int agent) {
        return agent < threads;
    }

    String describe(int agent) {
        return agents.get(agent - threads);
    }

    /** Threads and agents. */
    int agents() {
        return threads + agents.size();
    }

    boolean beforeBarrier(int agent, int event) {
        return agent < threads && event < barrier;
    }

    /** All threads of the block meet. */
    void meetAll(List<? extends Member> all) {
        int[] joint = NOTHING;
        int[] last = NOTHING;
        for (Member thread : all) {
            if (thread.clock().seen() != last) {
                last = thread.clock().seen();
                joint = max(joint, last);
            }
        }
        barrier = ++tick;
        for (Member thread : all) {
            thread.clock().meet(joint, tick);
        }
    }

    /** Some threads of the block meet: each knows from here on what all of them know and did. */
    void meet(List<? extends Member> some) {
        int[] joint = new int[agents()];
        int[] last = NOTHING;
        for (Member thread : some) {
            int[] seen = thread.clock().seen();
            if (seen != last) {
                last = seen;
                for (int i = 0; i < seen.length; i++) {
                    joint[i] = Math.max(joint[i], seen[i]);
                }
            }
        }
        for (Member thread : some) {
            joint[thread.clock().id()] = thread.clock().now();
        }
        tick++;
        for (Member thread : some) {
            thread.clock().meet(joint, tick);
        }
    }

    /** The larger ones; one of the two arrays where it has them all. */
    static int[] max(int[] a, int[] b) {
        if (a == b || b.length == 0) {
            return a;
        }
        if (a.length == 0) {
            return b;
        }
        int[] result = new int[Math.max(a.length, b.length)];
        boolean asA = a.length == result.length;
        boolean asB = b.length == result.length;
        for (int i = 0; i < result.length; i++) {
            int left = i < a.length ? a[i] : 0;
            int right = i < b.length ? b[i] : 0;
            result[i] = Math.max(left, right);
            asA &= left >= right;
            asB &= right >= left;
        }
        return asA ? a : asB ? b : result;
    }
}
