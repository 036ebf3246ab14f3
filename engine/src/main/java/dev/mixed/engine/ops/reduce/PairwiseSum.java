// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Sums whose partial sums are stored in the summands' own type: what a reduction in half comes to. {@link Reduce} adds in float, and is what
 * models use.
 */
public final class PairwiseSum {
    private static final KernelPair ADD_PAIRS = new KernelPair(Kernel.of("add_pairs.f32", PairwiseSum::addPairs),
            Kernel.of("add_pairs.f16", PairwiseSumHalf::addPairs));

    private PairwiseSum() {
    }

    /** The sum of x [n], n a power of 2, by adding neighbours until one number [1] of x's type is left. */
    public static Tensor of(Tensor x) {
        OpCheck.floating("pairwise_sum", x);
        int n = x.shape().elements();
        if (Integer.bitCount(n) != 1) {
            throw new IllegalArgumentException("pairwise_sum takes a power of 2 of elements, not a tensor of shape " + x.shape());
        }
        Tensor sums = x.reshape(n);
        while (n > 1) {
            n /= 2;
            Tensor next = Tensor.empty(x.device(), Shape.of(n), x.dtype());
            ADD_PAIRS.of(x.dtype()).launch().read(sums).write(next).over(n, 1);
            sums = next;
        }
        return sums;
    }

    /** y[i] = x[2i] + x[2i + 1]. */
    public static void addPairs(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(2 * e) + x.get(2 * e + 1));
        }
    }
}
