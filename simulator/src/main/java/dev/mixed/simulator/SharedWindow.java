// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.tornado.KernelFault;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The shared memory of a block by address, in words of 4 bytes, and for each word: the last write, the reads since, and what is under way. An access that
 * nothing orders after what it depends on is a fault.
 */
final class SharedWindow {
    /** The first address; 0 would hide a forgotten one. */
    static final int BASE = 1024;
    /** Bytes of shared memory of a block, static and dynamic. */
    static final int CAPACITY = 227 * 1024;
    private static final int STATIC_CAPACITY = 48 * 1024;
    private static final int ALIGNMENT = 1024;
    /** Notes of reads that each word has room for; more go to a map. */
    private static final int READS = 4;

    private static final byte WRITTEN = 1;
    /** Written through the generic proxy, which asynchronous accesses see after a fence. */
    private static final byte GENERIC = 2;
    /** A thread's cp.async to it has not been awaited. */
    private static final byte UNDER_WAY = 4;
    /** Part of an mbarrier. */
    private static final byte BARRIER = 8;

    private final Block block;
    private final Order order;
    /** The threads that have allocated static memory. */
    private final BitSet allocated = new BitSet();
    private int staticBytes = -1;
    private int dynamicBytes = -1;
    private int[] words = {};
    private byte[] state = {};
    /** Agent in the upper, its event in the lower half; the same in reads. */
    private long[] writes = {};
    private long[] reads = {};
    private final Map<Integer, long[]> moreReads = new HashMap<>();

    SharedWindow(Block block) {
        this.block = block;
        this.order = block.order();
    }

    // --- allocation --------------------------------------------------------------------------------------------------------------

    /** Called once by each thread, before {@link #dynamic}. */
    int allocate(SimulatedThread thread, int bytes) {
        if (allocated.get(thread.number()) || dynamicBytes > 0 && staticBytes < 0) {
            throw thread.fault((allocated.get(thread.number()) ? "it allocates shared memory a second time" : "it allocates shared memory after"
                    + " SharedMemory.dynamic; do that first") + SourceLines.here(), null);
        }
        allocated.set(thread.number());
        if (bytes < 0 || bytes + block.local().bytes() > STATIC_CAPACITY) {
            throw thread.fault(bytes + block.local().bytes() + " bytes of static shared memory; a block has " + STATIC_CAPACITY
                    + ", more as dynamic shared memory" + SourceLines.here(), null);
        }
        if (staticBytes >= 0 && staticBytes != bytes) {
            throw thread.fault("it allocates " + bytes + " bytes of shared memory, other threads " + staticBytes + SourceLines.here(), null);
        }
        staticBytes = bytes;
        grow(thread);
        return BASE;
    }

    int dynamic(SimulatedThread thread) {
        dynamicBytes = block.launch().sharedBytes();
        if (dynamicBytes <= 0) {
            throw thread.fault("its launch brings no dynamic shared memory: give the KernelGrid its sharedBytes" + SourceLines.here(), null);
        }
        grow(thread);
        return dynamicStart();
    }

    private int dynamicStart() {
        return BASE + (Math.max(staticBytes, 0) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private void grow(SimulatedThread thread) {
        int end = dynamicBytes > 0 ? dynamicStart() + dynamicBytes : BASE + staticBytes;
        if (end - BASE > CAPACITY) {
            throw thread.fault(end - BASE + " bytes of shared memory; a block has " + CAPACITY + SourceLines.here(), null);
        }
        int count = (end - BASE) / 4;
        if (count > words.length) {
            words = Arrays.copyOf(words, count);
            state = Arrays.copyOf(state, count);
            writes = Arrays.copyOf(writes, count);
            reads = Arrays.copyOf(reads, count * READS);
        }
    }

    // --- one access --------------------------------------------------------------------------------------------------------------

    int load(SimulatedThread thread, String operation, int address) {
        int word = locate(thread, operation, address, 4, 4);
        return read(thread, operation, word, thread.clock().id(), thread.clock().now());
    }

    void store(SimulatedThread thread, String operation, int address, int value) {
        write(thread, operation, locate(thread, operation, address, 4, 4), value);
    }

    /** The number of the first of {@code bytes} bytes' words. Fails where they do not lie inside, or not at a multiple of {@code alignment}. */
    int locate(SimulatedThread thread, String operation, int address, int bytes, int alignment) {
        if (address % alignment != 0) {
            throw thread.fault(operation + " at address " + address + " of shared memory, which is no multiple of " + alignment + SourceLines.here(), null);
        }
        if (address < BASE || address - BASE > words.length * 4 - bytes) {
            throw thread.fault(operation + " of " + bytes + " bytes at address " + address + ", outside of the block's shared memory, "
                    + (words.length == 0 ? "of which it has none" : BASE + " to " + (BASE + words.length * 4 - 1)) + SourceLines.here(), null);
        }
        return (address - BASE) / 4;
    }

    /** A thread reads a word now. */
    int read(SimulatedThread thread, String operation, int word) {
        return read(thread, operation, word, thread.clock().id(), thread.clock().now());
    }

    /** A thread, or an agent that it started, reads a word: the agent from now on up to its event. */
    int read(SimulatedThread thread, String operation, int word, int reader, int event) {
        requirePlain(thread, operation, "reads", word);
        if ((state[word] & WRITTEN) == 0) {
            throw fault(thread, operation, "reads", word, "which nothing has written");
        }
        requireWriteSeen(thread, operation, "reads", word, !order.isThread(reader));
        note(thread.clock(), word, reader, event);
        return words[word];
    }

    /** A thread writes a word now. */
    void write(SimulatedThread thread, String operation, int word, int value) {
        requireFree(thread, operation, word, false);
        words[word] = value;
        state[word] = WRITTEN | GENERIC;
        writes[word] = epoch(thread.clock().id(), thread.clock().now());
        clearReads(word);
    }

    /** An agent that a thread started writes a word, at some time up to its event. */
    void writeAsync(SimulatedThread thread, String operation, int word, int value, int agent, int event) {
        requireFree(thread, operation, word, true);
        words[word] = value;
        state[word] = WRITTEN;
        writes[word] = epoch(agent, event);
        clearReads(word);
    }

    /** A thread's cp.async to a word has started. */
    void start(SimulatedThread thread, String operation, int word) {
        requireFree(thread, operation, word, false);
        state[word] = UNDER_WAY;
        writes[word] = epoch(thread.clock().id(), thread.clock().now());
        clearReads(word);
    }

    /** It is there. */
    void arrive(SimulatedThread thread, int word, int value) {
        words[word] = value;
        state[word] = WRITTEN | GENERIC;
        writes[word] = epoch(thread.clock().id(), thread.clock().now());
    }

    /** The words become an mbarrier. */
    void makeBarrier(SimulatedThread thread, String operation, int word) {
        for (int i = word; i < word + 2; i++) {
            requireFree(thread, operation, i, false);
            state[i] = BARRIER;
        }
    }

    // --- order -------------------------------------------------------------------------------------------------------------------

    private static long epoch(int agent, int event) {
        return (long) agent << 32 | event;
    }

    private void clearReads(int word) {
        int at = word * READS;
        if (reads[at] != 0) {
            Arrays.fill(reads, at, at + READS, 0);
            if (!moreReads.isEmpty()) {
                moreReads.remove(word);
            }
        }
    }

    /** Notes a read in place of one that is ordered before it. */
    private void note(Clock clock, int word, int reader, int event) {
        long epoch = epoch(reader, event);
        int at = word * READS;
        for (int i = at; i < at + READS; i++) {
            if (replaceable(clock, reads[i], reader)) {
                reads[i] = epoch;
                return;
            }
        }
        long[] more = moreReads.getOrDefault(word, new long[0]);
        for (int i = 0; i < more.length; i++) {
            if (replaceable(clock, more[i], reader)) {
                more[i] = epoch;
                return;
            }
        }
        more = Arrays.copyOf(more, more.length + 1);
        more[more.length - 1] = epoch;
        moreReads.put(word, more);
    }

    private static boolean replaceable(Clock clock, long before, int reader) {
        return before == 0 || (int) (before >> 32) == reader || clock.sees((int) (before >> 32), (int) before);
    }

    private void requirePlain(SimulatedThread thread, String operation, String access, int word) {
        if ((state[word] & BARRIER) != 0) {
            throw fault(thread, operation, access, word, "which is part of an mbarrier");
        }
        if ((state[word] & UNDER_WAY) != 0) {
            throw fault(thread, operation, access, word, "to which a cp.async of " + who((int) (writes[word] >> 32), thread)
                    + " is under way: its await is missing");
        }
    }

    private void requireWriteSeen(SimulatedThread thread, String operation, String access, int word, boolean async) {
        if (state[word] == 0) {
            return;
        }
        int writer = (int) (writes[word] >> 32);
        int event = (int) writes[word];
        if (!thread.clock().sees(writer, event)) {
            throw fault(thread, operation, access, word, order.isThread(writer)
                    ? "which " + who(writer, thread) + " writes, and no barrier, mbarrier or instruction of their warp orders the two"
                    : "which " + order.describe(writer));
        }
        if (async && (state[word] & GENERIC) != 0 && !block.thread(writer).clock().fencedFor(thread.clock(), event)) {
            throw fault(thread, operation, access, word, "which " + who(writer, thread)
                    + " wrote without a TensorMaps.fence between its write and what orders the two");
        }
    }

    /** A write must come after the last write and all reads since. */
    private void requireFree(SimulatedThread thread, String operation, int word, boolean async) {
        requirePlain(thread, operation, "writes", word);
        requireWriteSeen(thread, operation, "writes", word, async);
        int at = word * READS;
        for (int i = at; i < at + READS && reads[i] != 0; i++) {
            requireReadSeen(thread, operation, word, reads[i]);
        }
        if (!moreReads.isEmpty()) {
            for (long read : moreReads.getOrDefault(word, new long[0])) {
                requireReadSeen(thread, operation, word, read);
            }
        }
    }

    private void requireReadSeen(SimulatedThread thread, String operation, int word, long read) {
        int reader = (int) (read >> 32);
        if (!thread.clock().sees(reader, (int) read)) {
            throw fault(thread, operation, "writes", word, order.isThread(reader)
                    ? "which " + who(reader, thread) + " reads, and no barrier, mbarrier or instruction of their warp orders the two"
                    : "which " + order.describe(reader));
        }
    }

    private String who(int number, SimulatedThread self) {
        return number == self.number() ? "this thread" : "thread " + block.thread(number).name();
    }

    private static KernelFault fault(SimulatedThread thread, String operation, String access, int word, String problem) {
        return thread.fault(operation + " " + access + " the word at address " + (BASE + 4 * word) + " of shared memory, " + problem
                + SourceLines.here(), null);
    }
}
