// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A thread's copies by cp.async to shared memory, in groups that arrive in their order. */
final class WordCopies {
    /** Words on their way to those from number {@code word} on. */
    private record Copy(int word, int[] values) {
    }

    private final SimulatedThread thread;
    private final Block block;
    private final ArrayDeque<List<Copy>> groups = new ArrayDeque<>();
    private List<Copy> open = new ArrayList<>();

    WordCopies(SimulatedThread thread, Block block) {
        this.thread = thread;
        this.block = block;
    }

    void start(int to, TornadoNativeArray from, int index, int bytes, int valid) {
        int element = from.getElementSize();
        if ((long) index * element % bytes != 0) {
            throw thread.fault("cp.async of " + bytes + " bytes from element " + index + ", which is no multiple of " + bytes / element
                    + SourceLines.here(), null);
        }
        if (valid < 0 || valid > bytes) {
            throw thread.fault("cp.async of " + valid + " of " + bytes + " bytes" + SourceLines.here(), null);
        }
        int word = block.shared().locate(thread, "cp.async", to, bytes, bytes);
        int[] values = new int[bytes / 4];
        int size = from.getSize();
        for (int i = 0; i * element < valid; i++) {
            thread.read(from, index + i, size);
        }
        for (int i = 0; i < valid; i++) {
            int bits = from.getSegmentWithHeader().get(ValueLayout.JAVA_BYTE, TornadoNativeArray.ARRAY_HEADER + (long) index * element + i) & 0xFF;
            values[i / 4] |= bits << i % 4 * 8;
        }
        for (int i = 0; i < values.length; i++) {
            block.shared().start(thread, "cp.async", word + i);
        }
        open.add(new Copy(word, values));
    }

    void commit() {
        groups.add(open);
        open = new ArrayList<>();
    }

    void await(int remaining) {
        while (groups.size() > remaining) {
            for (Copy copy : groups.poll()) {
                for (int i = 0; i < copy.values.length; i++) {
                    block.shared().arrive(thread, copy.word + i, copy.values[i]);
                }
            }
        }
    }
}
