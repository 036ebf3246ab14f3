// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.tornado.context.Dim3;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Finds data races: two threads access one element, at least one of them writes, and nothing orders the two accesses.
 *
 * <p>Accesses of one block are ordered where its threads' {@linkplain Clock clocks} say so; those of two blocks never are; two atomic updates need no
 * order. For each element there is a note of its last write and its last reads, with the tick of each. Where several threads read an element that nothing
 * orders, only a barrier of the whole block orders a write after them.
 */
final class RaceDetector {
    /**
     * The earlier of two accesses without an order.
     *
     * @param thread its number in its block, -1 where it is not known
     * @param block  the block, for an error message; null where it is the running one
     * @param access reads, writes or updates atomically
     */
    record Conflict(int thread,
            @Nullable String block, String access) {
    }

    /** Of the four notes on an element, which lie side by side: its last write's tick, and its thread in bits 0 to 15 with flags; the same of reads. */
    private static final int WRITE_TICK = 0, WRITER = 1, READ_TICK = 2, READER = 3, NOTES = 4;

    private static final int THREAD = 0xFFFF;
    /** The write was an atomic update. */
    private static final int ATOMIC = 1 << 16;
    /** More than one thread read, in no order. */
    private static final int SEVERAL = 1 << 17;
    /** A thread of an earlier block read. */
    private static final int EARLIER_BLOCK = 1 << 18;

    private final ShadowTable global = new ShadowTable();
    private final ShadowTable local = new ShadowTable();
    private final List<Dim3> blocks = new ArrayList<>();
    private final List<Integer> firstTicks = new ArrayList<>();
    private final Order order;
    private @Nullable Object lastArray;
    private int @Nullable [] lastShadow;

    RaceDetector(Order order) {
        this.order = order;
    }

    void enterBlock(Dim3 index) {
        blocks.add(index);
        firstTicks.add(order.start());
    }

    void leaveBlock() {
        local.clear();
        lastArray = null;
    }

    void addLocal(Object array, int size) {
        local.add(array, new int[NOTES * size]);
        lastArray = null;
    }

    /** The notes on an array; null for one of a thread's own, which no other thread can access. */
    @SuppressWarnings("ReferenceEquality") // an array is one place in memory, whatever it holds
    private int @Nullable [] shadow(Object array, int size) {
        if (array != lastArray) {
            boolean isGlobal = array instanceof TornadoNativeArray;
            lastShadow = (isGlobal ? global : local).of(array);
            if (isGlobal && lastShadow == null) {
                lastShadow = new int[NOTES * size];
                global.add(array, lastShadow);
            }
            lastArray = array;
        }
        return lastShadow;
    }

    /** A thread of the running block reads an element. Returns the earlier access that it races with; null for none. */
    @Nullable
    Conflict read(Object array, int index, int size, Clock thread) {
        int[] shadow = shadow(array, size);
        if (shadow == null) {
            return null;
        }
        int at = NOTES * index;
        Conflict conflict = afterWrite(shadow, at, thread, false);
        int before = shadow[at + READER];
        int when = shadow[at + READ_TICK];
        if (when >= order.start() && !ordered(before, when, thread)) {
            boolean alone = (before & SEVERAL) == 0 && (before & THREAD) == thread.id();
            shadow[at + READER] = alone ? before : before & ~THREAD | SEVERAL | thread.id();
            shadow[at + READ_TICK] = Math.max(when, thread.now());
        } else {
            boolean earlier = when != 0 && when < order.start();
            shadow[at + READER] = thread.id() | before & EARLIER_BLOCK | (earlier ? EARLIER_BLOCK : 0);
            shadow[at + READ_TICK] = thread.now();
        }
        return conflict;
    }

    /** Whether the noted reads of the running block are ordered before what the thread does. */
    private boolean ordered(int reader, int when, Clock thread) {
        return when < order.barrier() || (reader & SEVERAL) == 0 && thread.sees(reader & THREAD, when);
    }

    /** As {@link #read}, for a thread that replaces an element; {@code same} where its value stays the same. */
    @Nullable
    Conflict write(Object array, int index, int size, Clock thread, boolean same) {
        int[] shadow = shadow(array, size);
        if (shadow == null) {
            return null;
        }
        int at = NOTES * index;
        // Two threads may store the same value: the order makes no difference.
        Conflict conflict = same && (shadow[at + WRITER] & ATOMIC) == 0 ? null : afterWrite(shadow, at, thread, false);
        if (conflict == null && !same) {
            conflict = afterRead(shadow, at, thread);
        }
        shadow[at + WRITE_TICK] = thread.now();
        shadow[at + WRITER] = thread.id();
        return conflict;
    }

    /** As {@link #read}, for an atomic update. */
    @Nullable
    Conflict atomic(Object array, int index, int size, Clock thread) {
        int[] shadow = shadow(array, size);
        if (shadow == null) {
            return null;
        }
        int at = NOTES * index;
        Conflict conflict = afterWrite(shadow, at, thread, true);
        if (conflict == null) {
            conflict = afterRead(shadow, at, thread);
        }
        shadow[at + WRITE_TICK] = thread.now();
        shadow[at + WRITER] = thread.id() | ATOMIC;
        return conflict;
    }

    private @Nullable Conflict afterWrite(int[] shadow, int at, Clock thread, boolean atomic) {
        int when = shadow[at + WRITE_TICK];
        int writer = shadow[at + WRITER];
        boolean wasAtomic = (writer & ATOMIC) != 0;
        if (when == 0 || atomic && wasAtomic) {
            return null;
        }
        String how = wasAtomic ? "updates atomically" : "writes";
        if (when < order.start()) {
            return new Conflict(writer & THREAD, blockAt(when), how);
        }
        return thread.sees(writer & THREAD, when) ? null : new Conflict(writer & THREAD, null, how);
    }

    private @Nullable Conflict afterRead(int[] shadow, int at, Clock thread) {
        int when = shadow[at + READ_TICK];
        int reader = shadow[at + READER];
        if (when == 0) {
            return null;
        }
        if (when < order.start()) {
            return new Conflict(reader & THREAD, blockAt(when), "reads");
        }
        if ((reader & EARLIER_BLOCK) != 0) {
            return new Conflict(-1, "an earlier block", "reads");
        }
        if (!ordered(reader, when, thread)) {
            return new Conflict((reader & THREAD) == thread.id() ? -1 : reader & THREAD, null, "reads");
        }
        return null;
    }

    private String blockAt(int when) {
        int i = firstTicks.size() - 1;
        while (firstTicks.get(i) > when) {
            i--;
        }
        return "block " + blocks.get(i);
    }

    String kindOf(Object array) {
        return array instanceof TornadoNativeArray ? "global" : local.of(array) != null ? "local" : "private";
    }

    /** The type and length of an array, as {@code float[256]}. */
    static String describe(Object array) {
        if (array instanceof TornadoNativeArray nativeArray) {
            return array.getClass().getSimpleName() + "[" + nativeArray.getSize() + "]";
        }
        return array.getClass().componentType().getSimpleName() + "[" + Array.getLength(array) + "]";
    }
}
