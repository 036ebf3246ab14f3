// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import dev.mixed.intrinsics.FastMath;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mma;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Intrinsics of single threads and of warps; one warp a block. */
public final class WarpIntrinsicKernels {
    private WarpIntrinsicKernels() {
    }

    /** Functions of floats[t] + 0.5, in rows of 32. */
    public static void functions(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        float x = floats.get(t) + 0.5f;
        toFloats.set(t, FastMath.exp2(x));
        toFloats.set(32 + t, FastMath.log2(x));
        toFloats.set(64 + t, FastMath.reciprocal(x));
        toFloats.set(96 + t, FastMath.rsqrt(x));
        toFloats.set(128 + t, FastMath.fma(x, x, -1.5f));
        toFloats.set(160 + t, FastMath.max(x, 2));
        toFloats.set(192 + t, FastMath.ofBits(FastMath.bits(x) ^ 0x80000000));
        toInts.set(t, FastMath.multiplyHigh(ints.get(t) * 0x9E3779B1, 0xD2511F53));
        toInts.set(32 + t, FastMath.shiftRight(-1 - ints.get(t), Registers.opaque(t)));
        int word = Halves.pack(x, -x);
        toFloats.set(224 + t, Halves.low(word) - Halves.high(word));
        toInts.set(64 + t, Halves.packBf16(x, 1 + x / 4096));
        toInts.set(96 + t, Mma.toTf32(1 + x / 4096));
        float[] held = Registers.floats(2);
        Registers.set(held, 1, x);
        Registers.hold(held, 2);
        toFloats.set(256 + t, Registers.get(held, 0) + Registers.get(held, 1));
    }

    /** Sums from 1 on: sums[1 + i] += factor[2] row[1 + 2 i], three times. */
    public static void addsScaled(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        float[] sums = Registers.floats(5);
        float[] factor = Registers.floats(3);
        float[] row = Registers.floats(6);
        Registers.set(factor, 2, floats.get(context.localIdx));
        for (int i = 0; i < 6; i++) {
            Registers.set(row, i, floats.get(32 + i));
            Registers.set(sums, i % 5, 1);
        }
        Registers.addScaled(sums, 1, factor, 2, row, 1, 2, 3);
        for (int i = 0; i < 5; i++) {
            toFloats.set(5 * context.localIdx + i, Registers.get(sums, i));
        }
    }

    /** Values of other lanes, in rows of 32. */
    public static void shuffles(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        toFloats.set(t, Warps.shuffleXor(floats.get(t), 5));
        toFloats.set(32 + t, Warps.shuffle(floats.get(t), (3 * t + 1) % 32));
        toInts.set(t, Warps.shuffleXor(ints.get(t), 16));
        toInts.set(32 + t, Warps.shuffle(ints.get(t), 7));
    }

    /** Sums of four neighbours through shared memory that only the warp's own barrier orders. */
    public static void meetsInWarps(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int shared = SharedMemory.allocate(256);
        SharedMemory.store(shared + 4 * t, ints.get(t));
        Warps.barrier();
        int pair = SharedMemory.load(shared + 4 * t) + SharedMemory.load(shared + 4 * (t ^ 1));
        Warps.barrier();
        SharedMemory.store(shared + 4 * t, pair);
        Warps.barrier();
        toInts.set(t, pair + SharedMemory.load(shared + 4 * (t ^ 2)));
    }

    /** Four 8x8 matrices, row r of matrix i at 16 (4 r + i): as they are, and transposed; each lane's words at 4 t and 128 + 4 t. */
    public static void loadsMatrices(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int shared = SharedMemory.allocate(512);
        int[] words = Registers.words(8);
        GlobalMemory.load8(words, 0, halves, 8 * t);
        SharedMemory.store4(shared + 16 * t, words, 0);
        int row = shared + 16 * (t % 8 * 4 + t / 8);
        Matrices.load(words, 4, row);
        for (int i = 0; i < 4; i++) {
            toInts.set(4 * t + i, Registers.get(words, 4 + i));
        }
        Matrices.loadTransposed(words, 1, row);
        for (int i = 0; i < 4; i++) {
            toInts.set(128 + 4 * t + i, Registers.get(words, 1 + i));
        }
    }

    /** The way back: lane t's words are ints 4 t on; the rows, row r of matrix i at 16 (4 r + i), go to words 0 on, then the transposed ones. */
    public static void storesMatrices(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int t = context.localIdx;
        int shared = SharedMemory.allocate(512);
        int row = shared + 16 * (t % 8 * 4 + t / 8);
        Matrices.store(row, ints.get(4 * t), ints.get(4 * t + 1), ints.get(4 * t + 2), ints.get(4 * t + 3));
        Warps.barrier();
        for (int i = t; i < 128; i += 32) {
            toInts.set(i, SharedMemory.load(shared + 4 * i));
        }
        Matrices.storeTransposed(row, ints.get(4 * t), ints.get(4 * t + 1), ints.get(4 * t + 2), ints.get(4 * t + 3));
        Warps.barrier();
        for (int i = t; i < 128; i += 32) {
            toInts.set(128 + i, SharedMemory.load(shared + 4 * i));
        }
    }

    /** c [16, 8] = 1 + a b: a halves [16, 16], b [8, 16] (along k) behind it. */
    public static void multipliesHalves(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int row = context.localIdx >> 2;
        int pair = (context.localIdx & 3) * 2;
        int[] a = Registers.words(5);
        int[] b = Registers.words(3);
        for (int i = 0; i < 4; i++) {
            Registers.set(a, 1 + i, GlobalMemory.load2(halves, (row + i % 2 * 8) * 16 + pair + i / 2 * 8));
        }
        for (int i = 0; i < 2; i++) {
            Registers.set(b, 1 + i, GlobalMemory.load2(halves, 256 + row * 16 + pair + i * 8));
        }
        float[] c = ones();
        Mma.f16(c, 2, a, 1, b, 1);
        store(c, toFloats, row, pair);
    }

    /** Code with a field of its own, which stays outside of a kernel's checked copy. */
    static final class Outside {
        private static final int[] PLACES = {2, 5};

        private Outside() {
        }

        static float sum(float[] c) {
            return Registers.get(c, PLACES[0]) + c[PLACES[1]];
        }
    }

    /** As {@link #multipliesHalves} with a row of ones for each of a and b; each lane sums two of its results in code of another class. */
    public static void readsElsewhere(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int[] ones = Registers.words(4);
        for (int i = 0; i < 4; i++) {
            Registers.set(ones, i, Halves.pack(1, context.localIdx / 4));
        }
        float[] c = ones();
        Mma.f16(c, 2, ones, 0, ones, 0);
        Mma.f16(c, 2, ones, 0, ones, 0);
        toFloats.set(context.localIdx, Outside.sum(c));
    }

    /** c [16, 8] = 1 + a b: a halves [16, 8], b [8, 8] (along k) behind it. */
    public static void multipliesShallow(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int row = context.localIdx >> 2;
        int pair = (context.localIdx & 3) * 2;
        int[] a = Registers.words(2);
        int[] b = Registers.words(1);
        Registers.set(a, 0, GlobalMemory.load2(halves, row * 8 + pair));
        Registers.set(a, 1, GlobalMemory.load2(halves, (row + 8) * 8 + pair));
        Registers.set(b, 0, GlobalMemory.load2(halves, 128 + row * 8 + pair));
        float[] c = ones();
        Mma.f16k8(c, 2, a, 0, b, 0);
        store(c, toFloats, row, pair);
    }

    /** c [16, 8] = 1 + a b in bf16: a floats [16, 16], b [8, 16] (along k) behind it. */
    public static void multipliesBf16(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int row = context.localIdx >> 2;
        int pair = (context.localIdx & 3) * 2;
        int[] a = Registers.words(4);
        int[] b = Registers.words(2);
        for (int i = 0; i < 4; i++) {
            int at = (row + i % 2 * 8) * 16 + pair + i / 2 * 8;
            Registers.set(a, i, Halves.packBf16(floats.get(at), floats.get(at + 1)));
        }
        for (int i = 0; i < 2; i++) {
            int at = 256 + row * 16 + pair + i * 8;
            Registers.set(b, i, Halves.packBf16(floats.get(at), floats.get(at + 1)));
        }
        float[] c = ones();
        Mma.bf16(c, 2, a, 0, b, 0);
        store(c, toFloats, row, pair);
    }

    /** c [16, 8] = 1 + a b in tf32: a floats [16, 8], b [8, 8] (along k) behind it. The bits that tf32 has not are set, and do not count. */
    public static void multipliesTf32(KernelContext context, HalfFloatArray halves, FloatArray floats, IntArray ints, HalfFloatArray toHalves,
            FloatArray toFloats, IntArray toInts) {
        int row = context.localIdx >> 2;
        int column = context.localIdx & 3;
        int[] a = Registers.words(4);
        int[] b = Registers.words(2);
        for (int i = 0; i < 4; i++) {
            Registers.set(a, i, FastMath.bits(floats.get((row + i % 2 * 8) * 8 + column + i / 2 * 4)) | 0x1FFF);
        }
        for (int i = 0; i < 2; i++) {
            Registers.set(b, i, FastMath.bits(floats.get(128 + row * 8 + column + i * 4)) | 0x1000);
        }
        float[] c = ones();
        Mma.tf32(c, 2, a, 0, b, 0);
        store(c, toFloats, row, column * 2);
    }

    private static float[] ones() {
        float[] c = Registers.floats(6);
        for (int i = 2; i < 6; i++) {
            Registers.set(c, i, 1);
        }
        return c;
    }

    private static void store(float[] c, FloatArray to, int row, int column) {
        GlobalMemory.store2(to, row * 8 + column, Registers.get(c, 2), Registers.get(c, 3));
        GlobalMemory.store2(to, (row + 8) * 8 + column, Registers.get(c, 4), Registers.get(c, 5));
    }
}
