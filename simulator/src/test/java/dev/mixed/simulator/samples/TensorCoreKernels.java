// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * c = a * b on tensor cores: a [m, k], b [k, n] in halves, c [m, n] in floats. One block of four warps computes 32x32 results, a
 * warp 16x16 of them. m and n are multiples of 32, k of the kernel's step.
 */
public final class TensorCoreKernels {
    public static final int TILE = 32;
    public static final int THREADS = 128;

    private TensorCoreKernels() {
    }

    private static int pair(HalfFloatArray array, int index) {
        return (array.get(index).getHalfFloatValue() & 0xFFFF) | (array.get(index + 1).getHalfFloatValue() & 0xFFFF) << 16;
    }

    /** 16 of k a step; A in rows of 32 bytes, B in sub-tiles of 256 bytes. */
    public static void plainTiles(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c, int n, int k) {
        int thread = context.localIdx;
        int warp = thread / 32;
        int row = context.groupIdy * TILE;
        int column = context.groupIdx * TILE;
        int[] left = context.allocateIntLocalArray(TILE * 8);
        int[] right = context.allocateIntLocalArray(4 * 64);
        float[] c0 = context.mmaFragment(0f);
        float[] c1 = context.mmaFragment(0f);
        for (int start = 0; start < k; start += 16) {
            for (int i = thread; i < 256; i += THREADS) {
                left[i] = pair(a, (row + i / 8) * k + start + i % 8 * 2);
                right[i] = pair(b, (start + i % 64 / 4) * n + column + i / 64 * 8 + i % 4 * 2);
            }
            context.localBarrier();
            HalfFloat[] fragment = context.mmaLoadA(left, 16, warp / 2 * 512);
            HalfFloat[] b0 = context.mmaLoadB(right, 16, warp % 2 * 512);
            HalfFloat[] b1 = context.mmaLoadB(right, 16, warp % 2 * 512 + 256);
            c0 = context.mma(fragment, b0, c0, MMAShape.M16N8K16);
            c1 = context.mma(fragment, b1, c1, MMAShape.M16N8K16);
            context.localBarrier();
        }
        context.mmaStore(c0, c, row + warp / 2 * 16, column + warp % 2 * 16, n);
        context.mmaStore(c1, c, row + warp / 2 * 16, column + warp % 2 * 16 + 8, n);
    }

    /** 32 of k a step; A in rows of 64 bytes with their 16-byte chunks XORed by row / 2 % 4, B in sub-tiles padded to 288 bytes. */
    public static void swizzledTiles(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c, int n, int k) {
        int thread = context.localIdx;
        int warp = thread / 32;
        int lane = thread % 32;
        int row = context.groupIdy * TILE;
        int column = context.groupIdx * TILE;
        int[] left = context.allocateIntLocalArray(TILE * 16);
        int[] right = context.allocateIntLocalArray(8 * 72);
        int laneRow = lane / 8 % 2 * 8 + lane % 8;
        int tileRow = warp / 2 * 16 + laneRow;
        int builtIn = laneRow * 32 + lane / 16 * 16;
        float[] c0 = context.mmaFragment(0f);
        float[] c1 = context.mmaFragment(0f);
        for (int start = 0; start < k; start += 32) {
            for (int i = thread; i < 512; i += THREADS) {
                int r = i / 16;
                left[r * 16 + (i % 16 / 4 ^ r / 2 % 4) * 4 + i % 4] = pair(a, (row + r) * k + start + i % 16 * 2);
                right[i / 64 * 72 + i % 64] = pair(b, (start + i / 256 * 16 + i % 64 / 4) * n + column + i / 64 % 4 * 8 + i % 4 * 2);
            }
            context.localBarrier();
            for (int half = 0; half < 2; half++) {
                int wanted = tileRow * 64 + (half * 2 + lane / 16 ^ tileRow / 2 % 4) * 16;
                HalfFloat[] fragment = context.mmaLoadA(left, 16, wanted - builtIn);
                int subTile = half * 4 + warp % 2 * 2;
                HalfFloat[] b0 = context.mmaLoadB(right, 16, subTile * 288);
                HalfFloat[] b1 = context.mmaLoadB(right, 16, subTile * 288 + 288);
                c0 = context.mma(fragment, b0, c0, MMAShape.M16N8K16);
                c1 = context.mma(fragment, b1, c1, MMAShape.M16N8K16);
            }
            context.localBarrier();
        }
        context.mmaStore(c0, c, row + warp / 2 * 16, column + warp % 2 * 16, n);
        context.mmaStore(c1, c, row + warp / 2 * 16, column + warp % 2 * 16 + 8, n);
    }

    /** 16 of k a step in two stages: the next tiles are on their way while the present ones are multiplied. */
    public static void asyncCopies(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c, int n, int k) {
        int thread = context.localIdx;
        int warp = thread / 32;
        int row = context.groupIdy * TILE;
        int column = context.groupIdx * TILE;
        int[] left = context.allocateIntLocalArray(2 * 256);
        int[] right = context.allocateIntLocalArray(2 * 256);
        float[] c0 = context.mmaFragment(0f);
        float[] c1 = context.mmaFragment(0f);
        copyTiles(context, a, b, left, right, 0, 0, row, column, n, k);
        int stage = 0;
        for (int start = 0; start < k; start += 16) {
            if (start + 16 < k) {
                copyTiles(context, a, b, left, right, (stage ^ 1) * 256, start + 16, row, column, n, k);
                context.asyncCopyWaitGroup(1);
            } else {
                context.asyncCopyWaitGroup(0);
            }
            context.localBarrier();
            HalfFloat[] fragment = context.mmaLoadA(left, 16, stage * 1024 + warp / 2 * 512);
            HalfFloat[] b0 = context.mmaLoadB(right, 16, stage * 1024 + warp % 2 * 512);
            HalfFloat[] b1 = context.mmaLoadB(right, 16, stage * 1024 + warp % 2 * 512 + 256);
            c0 = context.mma(fragment, b0, c0, MMAShape.M16N8K16);
            c1 = context.mma(fragment, b1, c1, MMAShape.M16N8K16);
            context.localBarrier();
            stage ^= 1;
        }
        context.mmaStore(c0, c, row + warp / 2 * 16, column + warp % 2 * 16, n);
        context.mmaStore(c1, c, row + warp / 2 * 16, column + warp % 2 * 16 + 8, n);
    }

    private static void copyTiles(KernelContext context, HalfFloatArray a, HalfFloatArray b, int[] left, int[] right, int offset, int start,
            int row, int column, int n, int k) {
        for (int i = context.localIdx; i < 256; i += THREADS) {
            context.asyncCopyToLocal(left, offset + i, a, (row + i / 8) * k + start + i % 8 * 2);
            context.asyncCopyToLocal(right, offset + i, b, (start + i % 64 / 4) * n + column + i / 64 * 8 + i % 4 * 2);
        }
        context.asyncCopyCommit();
    }

    /** B through the swizzling store and load of the context itself. */
    public static void swizzledHalves(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c, int n, int k) {
        int thread = context.localIdx;
        int warp = thread / 32;
        int row = context.groupIdy * TILE;
        int column = context.groupIdx * TILE;
        int[] left = context.allocateIntLocalArray(TILE * 8);
        HalfFloat[] right = context.allocateHalfFloatLocalArray(4 * 128);
        float[] c0 = context.mmaFragment(0f);
        float[] c1 = context.mmaFragment(0f);
        for (int start = 0; start < k; start += 16) {
            for (int i = thread; i < 256; i += THREADS) {
                left[i] = pair(a, (row + i / 8) * k + start + i % 8 * 2);
            }
            for (int i = thread; i < 512; i += THREADS) {
                int r = i / 32;
                int col = i % 32;
                context.mmaStoreBSwizzled(right, r, col % 8, 8, b.get((start + r) * n + column + col), col / 8 * 256);
            }
            context.localBarrier();
            HalfFloat[] fragment = context.mmaLoadA(left, 16, warp / 2 * 512);
            HalfFloat[] b0 = context.mmaLoadBSwizzled(right, 16, warp % 2 * 512);
            HalfFloat[] b1 = context.mmaLoadBSwizzled(right, 16, warp % 2 * 512 + 256);
            c0 = context.mma(fragment, b0, c0, MMAShape.M16N8K16);
            c1 = context.mma(fragment, b1, c1, MMAShape.M16N8K16);
            context.localBarrier();
        }
        context.mmaStore(c0, c, row + warp / 2 * 16, column + warp % 2 * 16, n);
        context.mmaStore(c1, c, row + warp / 2 * 16, column + warp % 2 * 16 + 8, n);
    }

    /** b is [n, k]: its rows feed the right operand through the non-transposing load, with the second matrix's address replaced. */
    public static void transposedRight(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c, int n, int k) {
        int thread = context.localIdx;
        int warp = thread / 32;
        int lane = thread % 32;
        int row = context.groupIdy * TILE;
        int column = context.groupIdx * TILE;
        int[] left = context.allocateIntLocalArray(TILE * 8);
        int[] right = context.allocateIntLocalArray(TILE * 8);
        int shift = lane % 8 * 32 + lane / 8 % 2 * 16 - ((lane / 8 % 2 * 8 + lane % 8) * 32 + lane / 16 * 16);
        float[] c0 = context.mmaFragment(0f);
        float[] c1 = context.mmaFragment(0f);
        for (int start = 0; start < k; start += 16) {
            for (int i = thread; i < 256; i += THREADS) {
                left[i] = pair(a, (row + i / 8) * k + start + i % 8 * 2);
                right[i] = pair(b, (column + i / 8) * k + start + i % 8 * 2);
            }
            context.localBarrier();
            HalfFloat[] fragment = context.mmaLoadA(left, 16, warp / 2 * 512);
            HalfFloat[] b0 = context.mmaLoadA(right, 16, warp % 2 * 512 + shift);
            HalfFloat[] b1 = context.mmaLoadA(right, 16, warp % 2 * 512 + 256 + shift);
            c0 = context.mma(fragment, b0, c0, MMAShape.M16N8K16);
            c1 = context.mma(fragment, b1, c1, MMAShape.M16N8K16);
            context.localBarrier();
        }
        context.mmaStore(c0, c, row + warp / 2 * 16, column + warp % 2 * 16, n);
        context.mmaStore(c1, c, row + warp / 2 * 16, column + warp % 2 * 16 + 8, n);
    }
}
