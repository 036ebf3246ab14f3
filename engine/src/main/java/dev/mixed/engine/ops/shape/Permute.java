// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.halfforms.AlsoHalf;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Reorders dims into a new contiguous tensor, as {@code torch.permute(..).contiguous()}: transposes, and heads to the front. */
public final class Permute {
    private static final KernelPair PERMUTE = new KernelPair(Kernel.of("permute.f32", Permute::permuteElements),
            Kernel.of("permute.f16", PermuteHalf::permuteElements));
    private static final Kernel PERMUTE_INT = Kernel.of("permute.i32", Permute::permuteInts);
    private static final int MAX_RANK = 4;

    private Permute() {
    }

    /**
     * The tensor whose dim i is x's dim {@code axes[i]}.
     *
     * @param x    any type, rank 1 to 4
     * @param axes each of 0 .. rank-1 once
     */
    public static Tensor permute(Tensor x, int... axes) {
        int rank = x.shape().rank();
        int[] sorted = axes.clone();
        Arrays.sort(sorted);
        if (rank < 1 || rank > MAX_RANK || axes.length != rank || !isRange(sorted)) {
            throw new IllegalArgumentException("permute takes each axis of a tensor of rank 1 to 4 once, not " + Arrays.toString(axes) + " for shape "
                    + x.shape());
        }
        int[] strides = new int[rank];
        int stride = 1;
        for (int i = rank - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= x.shape().dim(i);
        }
        // Dims of size 1 in front bring every rank to 4.
        int[] dims = {1, 1, 1, 1};
        int[] steps = new int[MAX_RANK];
        int[] shape = new int[rank];
        for (int i = 0; i < rank; i++) {
            shape[i] = x.shape().dim(axes[i]);
            dims[MAX_RANK - rank + i] = shape[i];
            steps[MAX_RANK - rank + i] = strides[axes[i]];
        }
        Tensor y = Tensor.empty(x.device(), Shape.of(shape), x.dtype());
        Kernel kernel = x.dtype() == DType.I32 ? PERMUTE_INT : PERMUTE.of(x.dtype());
        kernel.launch().read(x).write(y).ints(dims[1], dims[2], dims[3]).ints(steps).over(x.shape().elements(), 8);
        return y;
    }

    private static boolean isRange(int[] sorted) {
        for (int i = 0; i < sorted.length; i++) {
            if (sorted[i] != i) {
                return false;
            }
        }
        return true;
    }

    /** Where element e of a [.., d1, d2, d3] result comes from, by the source's step along each of the result's dims. */
    static int source(int e, int d1, int d2, int d3, int s0, int s1, int s2, int s3) {
        int i3 = e % d3;
        int rest = e / d3;
        int i2 = rest % d2;
        rest = rest / d2;
        int i1 = rest % d1;
        int i0 = rest / d1;
        return i0 * s0 + i1 * s1 + i2 * s2 + i3 * s3;
    }

    /** y[e] = x[source(e)]; halves pass through float, which is exact. */
    public static void permuteElements(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int d1, int d2, int d3, int s0, int s1, int s2, int s3, int from,
            int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(source(e, d1, d2, d3, s0, s1, s2, s3)));
        }
    }

    /** {@link #permuteElements} on integers. */
    public static void permuteInts(IntArray x, IntArray y, int d1, int d2, int d3, int s0, int s1, int s2, int s3, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(source(e, d1, d2, d3, s0, s1, s2, s3)));
        }
    }
}
