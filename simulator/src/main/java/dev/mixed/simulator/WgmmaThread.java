// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A thread's part of its warpgroup's products: groups that it waits for, and registers that products under way hold. */
final class WgmmaThread {
    /** What registers hold whose product is under way: a NaN of its own, to see who writes them. */
    private static final int UNKNOWN = 0x7FE5A5A5;

    /** Sums under way: the array's first {@code length} floats, and what they will be. */
    private static final class Sums {
        final float[] registers;
        final int length;
        final float[] values;
        int group;

        Sums(float[] registers, int length) {
            this.registers = registers;
            this.length = length;
            this.values = Arrays.copyOf(registers, length);
            Arrays.fill(registers, 0, length, Float.intBitsToFloat(UNKNOWN));
        }

        boolean untouched() {
            for (int i = 0; i < length; i++) {
                if (Float.floatToRawIntBits(registers[i]) != UNKNOWN) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Words of a that a product under way reads. */
    private record Fragment(int[] registers, int at, int[] words, int group) {
        boolean untouched() {
            return Arrays.equals(registers, at, at + words.length, words, 0, words.length);
        }
    }

    private final SimulatedThread thread;
    private final Warp warp;
    private final List<Sums> underWay = new ArrayList<>();
    private final List<Fragment> fragments = new ArrayList<>();
    /** By array of registers: how many fences there had been when it was last written, or came back from a product. */
    private final IdentityHashMap<Object, Integer> written = new IdentityHashMap<>();
    private @Nullable Object lastWritten;
    private int fences = 1;
    /** The group that is not closed, counted from 1. */
    private int open = 1;

    WgmmaThread(SimulatedThread thread, Warp warp) {
        this.thread = thread;
        this.warp = warp;
    }

    SimulatedThread thread() {
        return thread;
    }

    void fence() {
        fences++;
        lastWritten = null;
    }

    void commit() {
        open++;
    }

    /** An instruction wrote registers of that array. */
    @SuppressWarnings("ReferenceEquality") // an array is a place, whatever it holds
    void wrote(Object array) {
        // What was written before the first fence is before it; and a kernel without a fence has no wgmma.
        if (fences > 1 && array != lastWritten) {
            written.put(array, fences);
            lastWritten = array;
        }
    }

    private void requireFence(Object array, String what) {
        if (fences <= written.getOrDefault(array, 1)) {
            throw thread.fault("wgmma without a Wgmma.fence after the registers of " + what + " were accessed" + SourceLines.here(), null);
        }
    }

    /** Fails where a product under way holds the registers. */
    @SuppressWarnings("ReferenceEquality") // an array is a place, whatever it holds
    void requireAwaited(Object array, String access) {
        for (Sums sums : underWay) {
            if (sums.registers == array) {
                throw thread.fault("the sums of a wgmma under way are " + access + ": its Wgmma.await is missing" + SourceLines.here(), null);
            }
        }
    }

    /** Its product reads a word of shared memory, at some time up to the end of its group. */
    int read(int address) {
        SharedWindow shared = thread.block().shared();
        return shared.read(thread, "wgmma", shared.locate(thread, "wgmma", address, 4, 4), warp.products(), open);
    }

    /** Starts a product; gives the array into which its values go. */
    float[] start(Warpgroup.Lane lane) {
        int length = lane.n() / 2;
        if (lane.sums().length < length) {
            throw thread.fault("wgmma with " + lane.sums().length + " sums a thread; it has " + length + SourceLines.here(), null);
        }
        if (!lane.inShared()) {
            requireFence(lane.a(), "a");
            fragments.add(new Fragment(lane.a(), lane.aAt(), Arrays.copyOfRange(lane.a(), lane.aAt(), lane.aAt() + 4), open));
        }
        Sums sums = null;
        for (Sums other : underWay) {
            if (isSame(other.registers, lane.sums())) {
                sums = other;
            }
        }
        if (sums == null) {
            requireFence(lane.sums(), "its sums");
            sums = new Sums(lane.sums(), length);
            underWay.add(sums);
        }
        requireUntouched(sums);
        if (sums.length != length) {
            throw thread.fault("wgmma of " + lane.n() + " columns while one of " + sums.length * 2 + " has the same sums under way" + SourceLines.here(), null);
        }
        sums.group = open;
        return sums.values;
    }

    @SuppressWarnings("ReferenceEquality") // an array is a place, whatever it holds
    private static boolean isSame(float[] a, float[] b) {
        return a == b;
    }

    private void requireUntouched(Sums sums) {
        if (!sums.untouched()) {
            throw thread.fault("the sums of a wgmma under way were written: its Wgmma.await is missing" + SourceLines.here(), null);
        }
    }

    /** The groups but the last ones have ended. */
    void await(int groups) {
        int ended = open - 1 - groups;
        if (ended > 0) {
            thread.clock().learn(warp.products(), ended);
        }
        for (Iterator<Fragment> all = fragments.iterator(); all.hasNext();) {
            Fragment fragment = all.next();
            if (fragment.group <= ended) {
                if (!fragment.untouched()) {
                    throw thread.fault("registers that a wgmma under way reads were written before its Wgmma.await" + SourceLines.here(), null);
                }
                all.remove();
            }
        }
        for (Iterator<Sums> all = underWay.iterator(); all.hasNext();) {
            Sums sums = all.next();
            if (sums.group <= ended) {
                requireUntouched(sums);
                System.arraycopy(sums.values, 0, sums.registers, 0, sums.length);
                wrote(sums.registers);
                all.remove();
            }
        }
    }

    void end() {
        if (!underWay.isEmpty()) {
            throw thread.fault("it ends while a wgmma is under way: its Wgmma.await is missing", null);
        }
    }
}
