// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Sums over the rows of a matrix [rows, n]: the gradients of biases and of other tensors that were broadcast. */
public final class SumRows {
    /** The sum over rows, of float and of half rows. */
    public static final KernelPair SUM = new KernelPair(Kernel.of("sum_rows.f32", SumRows::sumRows, () -> SumRowsVector::sumRows),
            Kernel.of("sum_rows.f16", SumRowsHalf::sumRows, () -> SumRowsVector::sumRowsHalf)).named(Arguments.class);
    /** Rows that are summed on their own before they join the total, which keeps the rounding error of long columns low. */
    static final int BLOCK = 64;

    private SumRows() {
    }

    /** The arguments of {@link #SUM}: dy [rows, n], dst [n]. */
    public record Arguments(Buffer dy, Buffer dst, int rows, int n, boolean accumulate) {
    }

    /**
     * dst = the sum of dy over the leading dims that dst [n..] lacks, the gradient of a tensor that was broadcast; or dst += that sum.
     *
     * @param dst F32 or F16, of a shape that is a suffix of dy's
     * @param dy  F32 or F16, [.., n..]
     */
    public static void into(Tensor dst, Tensor dy, boolean accumulate) {
        OpCheck.floating("sum_rows", dy);
        OpCheck.floating("sum_rows", dst);
        OpCheck.suffix("sum_rows", dy.shape(), dst.shape());
        if (Elementwise.isHalf(dst)) {
            Tensor sum = accumulate ? Cast.to(dst, DType.F32) : Tensor.empty(dst.device(), dst.shape(), DType.F32);
            into(sum, dy, accumulate);
            Elementwise.copyInto(dst, sum);
            return;
        }
        int n = dst.shape().elements();
        int rows = dy.shape().elements() / n;
        Launch.Builder launch = SUM.of(dy.dtype()).launch().read(dy);
        (accumulate ? launch.update(dst) : launch.write(dst)).ints(rows, n).flag(accumulate).over(n, rows);
    }

    /** dst[j] (+)= sum over r of dy[r * n + j], for columns j. */
    public static void sumRows(@AlsoHalf FloatArray dy, FloatArray dst, int rows, int n, int accumulate, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int j = from + i;
            float sum = 0f;
            for (int start = 0; start < rows; start += BLOCK) {
                int end = Math.min(start + BLOCK, rows);
                float part = 0f;
                for (int r = start; r < end; r++) {
                    part += dy.get(r * n + j);
                }
                sum += part;
            }
            dst.set(j, accumulate != 0 ? dst.get(j) + sum : sum);
        }
    }
}
