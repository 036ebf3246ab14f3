// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What flash attention of texts that stand one after the other needs beside its kernels, which see nothing but texts. */
final class FlashTexts {
    static final int THREADS = 128;
    /** Places in {@code sizes}: tokens of the row, elements of a token, and texts. */
    static final int TOKENS = 0, STRIDE = 1, TEXTS = 2;

    private FlashTexts() {
    }

    /** keys[t] = tokens of text t, all of which count. */
    static void lengths(KernelContext context, IntArray starts, IntArray keys, IntArray sizes) {
        int text = context.globalIdx;
        if (text < sizes.get(TEXTS)) {
            keys.set(text, starts.get(text + 1) - starts.get(text));
        }
    }

    /** Zeros for dead tokens, those behind the last text: a block has one. */
    static void zero(KernelContext context, HalfFloatArray x, IntArray starts, IntArray sizes) {
        int token = starts.get(sizes.get(TEXTS)) + context.groupIdx;
        int stride = sizes.get(STRIDE);
        if (token < sizes.get(TOKENS)) {
            for (int c = context.localIdx; c < stride; c += THREADS) {
                float nothing = 0f;
                HalfFloat half = new HalfFloat(nothing);
                x.set(token * stride + c, half);
            }
        }
    }

    /** {@link #zero} of three. */
    static void zeroThree(KernelContext context, HalfFloatArray x, HalfFloatArray y, HalfFloatArray z, IntArray starts, IntArray sizes) {
        int token = starts.get(sizes.get(TEXTS)) + context.groupIdx;
        int stride = sizes.get(STRIDE);
        if (token < sizes.get(TOKENS)) {
            for (int c = context.localIdx; c < stride; c += THREADS) {
                float nothing = 0f;
                HalfFloat half = new HalfFloat(nothing);
                x.set(token * stride + c, half);
                y.set(token * stride + c, half);
                z.set(token * stride + c, half);
            }
        }
    }
}
