package dev.mixed.tornado.samples;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

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
}
