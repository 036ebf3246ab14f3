// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.samples;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.vectors.Half2;

/** Kernels in which the threads of a block work together. */
public final class BlockKernels {
    public static final int BLOCK = 128;
    private static final int WARPS = BLOCK / 32;

    private BlockKernels() {
    }

    /** y = softmax(x) along rows, [rows, columns]; one block a row. */
    public static void softmax(KernelContext context, FloatArray x, FloatArray y, int columns) {
        int thread = context.localIdx;
        int base = context.groupIdx * columns;
        float[] partial = context.allocateFloatLocalArray(WARPS);
        float max = Float.NEGATIVE_INFINITY;
        for (int i = thread; i < columns; i += BLOCK) {
            max = TornadoMath.max(max, x.get(base + i));
        }
        max = warpMax(context, max);
        if (thread % 32 == 0) {
            partial[thread / 32] = max;
        }
        context.localBarrier();
        max = partial[0];
        for (int i = 1; i < WARPS; i++) {
            max = TornadoMath.max(max, partial[i]);
        }
        context.localBarrier();
        float sum = 0f;
        for (int i = thread; i < columns; i += BLOCK) {
            sum += TornadoMath.exp(x.get(base + i) - max);
        }
        sum = context.simdSum(sum);
        if (thread % 32 == 0) {
            partial[thread / 32] = sum;
        }
        context.localBarrier();
        sum = 0f;
        for (int i = 0; i < WARPS; i++) {
            sum += partial[i];
        }
        for (int i = thread; i < columns; i += BLOCK) {
            y.set(base + i, TornadoMath.exp(x.get(base + i) - max) / sum);
        }
    }

    private static float warpMax(KernelContext context, float value) {
        float max = value;
        for (int distance = 16; distance > 0; distance /= 2) {
            max = TornadoMath.max(max, context.simdShuffleDown(max, distance));
        }
        return context.simdBroadcastFirst(max);
    }

    /** counts[v] += how often v occurs, weights[v] += its weights; counted in local memory first. */
    public static void histogram(KernelContext context, IntArray values, FloatArray weight, IntArray counts, FloatArray weights, int bins) {
        int thread = context.localIdx;
        int[] local = context.allocateIntLocalArray(bins);
        for (int i = thread; i < bins; i += context.localGroupSizeX) {
            local[i] = 0;
        }
        context.localBarrier();
        int value = values.get(context.globalIdx);
        context.atomicAdd(local, value, 1);
        context.atomicAdd(weights, value, weight.get(context.globalIdx));
        context.localBarrier();
        for (int i = thread; i < bins; i += context.localGroupSizeX) {
            context.atomicAdd(counts, i, local[i]);
        }
    }

    /** y = 2 x by pairs of halves; the totals of all threads' indices through atomics. */
    public static void pairsAndTotals(KernelContext context, HalfFloatArray x, HalfFloatArray y, LongArray longs, DoubleArray doubles) {
        Half2 pair = x.getHalf2(2 * context.globalIdx);
        y.setHalf2(2 * context.globalIdx, Half2.fromFloats(2f * Half2.lowFloat(pair), 2f * Half2.highFloat(pair)));
        context.atomicAdd(longs, 0, (long) context.globalIdx);
        context.atomicAdd(doubles, 0, context.globalIdx * 0.5);
    }

    /** Stores a tile swizzled by rows of 16 and of 8 halves, and loads it back transposed. */
    public static void swizzledTranspose(KernelContext context, HalfFloatArray x, HalfFloatArray y, HalfFloatArray z) {
        int row = context.localIdx / 16;
        int column = context.localIdx % 16;
        HalfFloat[] wide = context.allocateHalfFloatLocalArray(256);
        HalfFloat[] narrow = context.allocateHalfFloatLocalArray(256);
        context.swizzleStoreFp16Stride32(wide, row, column, 16, x.get(context.localIdx));
        context.swizzleStoreFp16Stride16(narrow, row, column, 16, x.get(context.localIdx));
        context.localBarrier();
        y.set(context.localIdx, context.swizzleLoadFp16Stride32(wide, column, row, 16));
        z.set(context.localIdx, context.swizzleLoadFp16Stride16(narrow, column, row, 16));
    }
}
