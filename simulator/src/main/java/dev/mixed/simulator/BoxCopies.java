// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A thread's copies of boxes by tensor maps: to shared memory, arriving at an mbarrier, and from it, in groups. */
final class BoxCopies {
    /** What stands for the address of map 0; that of the next is one more. */
    private static final long MAPS = 0x7E50_0000_0000L;

    private final SimulatedThread thread;
    private final Block block;
    /** The agent that reads shared memory for the thread's stores; -1 before the first. */
    private int reader = -1;
    /** The group that is not closed, counted from 1, how many stores it has, and the last group that has read all. */
    private int open = 1;
    private int inOpen;
    private int lastFilled;
    private int read;

    BoxCopies(SimulatedThread thread, Block block) {
        this.thread = thread;
        this.block = block;
    }

    long map(int number, TornadoNativeArray array) {
        int count = block.launch().maps().size();
        if (number < 0 || number >= count) {
            throw thread.fault("tensor map " + number + ", where the launch brings " + count + SourceLines.here(), null);
        }
        requireOf(array, number);
        return MAPS + number;
    }

    @SuppressWarnings("ReferenceEquality") // an array is a place, whatever it holds
    private void requireOf(TornadoNativeArray array, int number) {
        if (block.launch().maps().get(number).array() != array) {
            throw thread.fault("tensor map " + number + " of another array than the one that the kernel names" + SourceLines.here(), null);
        }
    }

    private BoxMap at(long map, String operation, int address, int[] coordinates) {
        long number = map - MAPS;
        if (number < 0 || number >= block.launch().maps().size()) {
            throw thread.fault(operation + " by a map that TensorMaps.map did not give" + SourceLines.here(), null);
        }
        BoxMap box = block.launch().maps().get((int) number);
        if (coordinates.length != box.dimensions()) {
            throw thread.fault(operation + " with " + coordinates.length + " coordinates by tensor map " + number + ", which has " + box.dimensions()
                    + " dimensions" + SourceLines.here(), null);
        }
        block.shared().locate(thread, operation, address, box.bytes(), box.alignment());
        return box;
    }

    /** A box's bytes land at once; whoever reads them without having awaited the barrier's phase is found out. */
    void load(int to, long map, int barrier, int[] coordinates) {
        BoxMap box = at(map, "a copy of a box", to, coordinates);
        Mbarriers.Filling filling = block.mbarriers().fill(thread, barrier);
        SharedWindow shared = block.shared();
        int perWord = 4 / box.elementBytes();
        int bitsEach = 8 * box.elementBytes();
        TornadoNativeArray array = box.array();
        int size = array.getSize();
        box.rows(coordinates, (offset, first, from, until) -> {
            for (int i = from; i < until; i++) {
                thread.read(array, (int) (first + i), size);
            }
            for (int i = 0; i < box.width(); i += perWord) {
                int value = 0;
                for (int j = i; j < i + perWord; j++) {
                    if (j >= from && j < until) {
                        value |= box.bits(first + j) << (j - i) * bitsEach;
                    }
                }
                int address = to + offset + i * box.elementBytes();
                int word = shared.locate(thread, "a copy of a box", box.swizzled() ? Swizzle.of(address) : address, 4, 4);
                shared.writeAsync(thread, "a copy of a box", word, value, filling.agent(), filling.event());
            }
        });
        block.mbarriers().filled(barrier, box.bytes());
    }

    void store(TornadoNativeArray to, long map, int from, int[] coordinates) {
        BoxMap box = at(map, "a store of a box", from, coordinates);
        requireOf(to, (int) (map - MAPS));
        if (reader < 0) {
            reader = block.order().addAgent("a store of a box by thread " + thread.name() + " still reads: its TensorMaps.awaitRead is missing");
        }
        SharedWindow shared = block.shared();
        int perWord = 4 / box.elementBytes();
        int bitsEach = 8 * box.elementBytes();
        TornadoNativeArray array = box.array();
        int size = array.getSize();
        box.rows(coordinates, (offset, first, inside, until) -> {
            for (int i = 0; i < box.width(); i += perWord) {
                int address = from + offset + i * box.elementBytes();
                int word = shared.locate(thread, "a store of a box", box.swizzled() ? Swizzle.of(address) : address, 4, 4);
                int value = shared.read(thread, "a store of a box", word, reader, open);
                for (int j = Math.max(i, inside); j < Math.min(i + perWord, until); j++) {
                    thread.write(array, (int) (first + j), size, false);
                    box.setBits(first + j, value >>> (j - i) * bitsEach);
                }
            }
        });
        inOpen++;
    }

    void commit() {
        if (inOpen > 0) {
            lastFilled = open;
        }
        open++;
        inOpen = 0;
    }

    void awaitRead(int groups) {
        read = Math.max(read, open - 1 - groups);
        if (reader >= 0 && read > 0) {
            thread.clock().learn(reader, read);
        }
    }

    /** The kernel has ended for this thread: fails where a store may still read the block's shared memory. */
    void end() {
        if (inOpen > 0 || lastFilled > read) {
            throw thread.fault("it ends while a store of a box may still read the block's shared memory: its TensorMaps."
                    + (inOpen > 0 ? "commit and awaitRead are" : "awaitRead is") + " missing", null);
        }
    }
}
