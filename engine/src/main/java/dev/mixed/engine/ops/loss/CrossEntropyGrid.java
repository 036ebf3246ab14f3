// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * {@link CrossEntropy} of many classes, such as the words of a vocabulary: a block to a row, whose neighbouring threads read neighbours. The formulas are
 * those of the reference kernels, their sums in another order; size = {classes}. Only the kernels themselves touch local memory.
 */
final class CrossEntropyGrid {
    static final int THREADS = 256;
    private static final int WARP = 32;

    private CrossEntropyGrid() {
    }

    /** weighted[b] = weights[b] (log(sum over c of exp(logits[b, c])) - logits[b, labels[b]]) for the block's row b. */
    static void losses(KernelContext context, FloatArray logits, IntArray labels, FloatArray weights, FloatArray weighted, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(THREADS);
        int t = context.localIdx;
        int b = context.groupIdx;
        int classes = size.get(0);
        int row = b * classes;
        float weight = weights.get(b);
        // A row that counts for nothing is not read.
        int n = weight == 0f ? 0 : classes;
        shared[t] = threadMax(logits, row, t, n);
        context.localBarrier();
        for (int half = THREADS / 2; half > 0; half /= 2) {
            if (t < half) {
                float other = shared[t + half];
                float own = shared[t];
                shared[t] = other > own ? other : own;
            }
            context.localBarrier();
        }
        float max = shared[0];
        context.localBarrier();
        float warp = context.simdSum(threadSum(logits, row, t, n, max));
        if (t % WARP == 0) {
            shared[t / WARP] = warp;
        }
        context.localBarrier();
        float sum = 0f;
        for (int w = 0; w < THREADS / WARP; w++) {
            sum += shared[w];
        }
        if (t == 0) {
            int label = labels.get(b);
            boolean known = label >= 0 && label < classes;
            float target = known ? logits.get(row + label) : Float.NaN;
            weighted.set(b, weight == 0f ? 0f : weight * (TornadoMath.log(sum) + (max - target)));
        }
    }

    /** dlogits[b, c] = dloss weights[b] / total (softmax(logits[b])[c] - (c == labels[b] ? 1 : 0)) for the block's row b. */
    static void gradients(KernelContext context, FloatArray logits, IntArray labels, FloatArray weights, FloatArray total, FloatArray dloss,
            FloatArray dlogits, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(THREADS);
        int t = context.localIdx;
        int b = context.groupIdx;
        int classes = size.get(0);
        int row = b * classes;
        float weight = weights.get(b);
        int n = weight == 0f ? 0 : classes;
        shared[t] = threadMax(logits, row, t, n);
        context.localBarrier();
        for (int half = THREADS / 2; half > 0; half /= 2) {
            if (t < half) {
                float other = shared[t + half];
                float own = shared[t];
                shared[t] = other > own ? other : own;
            }
            context.localBarrier();
        }
        float max = shared[0];
        context.localBarrier();
        float warp = context.simdSum(threadSum(logits, row, t, n, max));
        if (t % WARP == 0) {
            shared[t / WARP] = warp;
        }
        context.localBarrier();
        float sum = 0f;
        for (int w = 0; w < THREADS / WARP; w++) {
            sum += shared[w];
        }
        int label = labels.get(b);
        float factor = label >= 0 && label < classes ? dloss.get(0) * weight / total.get(0) : Float.NaN;
        for (int c = t; c < n; c += THREADS) {
            float p = TornadoMath.exp(logits.get(row + c) - max) / sum;
            float target = c == label ? 1f : 0f;
            dlogits.set(row + c, factor * (p - target));
        }
        for (int c = n + t; c < classes; c += THREADS) {
            dlogits.set(row + c, 0f);
        }
    }

    /** Of a thread's elements; a NaN among them is left to their sum. */
    private static float threadMax(FloatArray logits, int row, int t, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int c = t; c < n; c += THREADS) {
            float v = logits.get(row + c);
            max = v > max ? v : max;
        }
        return max;
    }

    private static float threadSum(FloatArray logits, int row, int t, int n, float max) {
        float sum = 0f;
        for (int c = t; c < n; c += THREADS) {
            sum += TornadoMath.exp(logits.get(row + c) - max);
        }
        return sum;
    }
}
