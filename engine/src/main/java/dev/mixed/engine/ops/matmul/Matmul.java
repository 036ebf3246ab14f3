// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.halfforms.AlsoHalf;
import java.util.Arrays;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Matrix products c = op(a) op(b), batched where the operands are; sums in float whatever the storage. */
public final class Matmul {
    /** A product in its operands' type. */
    public static final KernelPair PRODUCT = new KernelPair(Kernel.of("matmul.f32", Matmul::matmul, () -> MatmulVector::matmul),
            Kernel.of("matmul.f16", MatmulHalf::matmul, () -> MatmulVector::matmulHalf)).named(Arguments.class);
    /** A product of halves in F32. */
    static final Kernel F16_TO_F32 = Kernel.of("matmul.f16_f32", Matmul::matmulHalfToFloat, () -> MatmulVector::matmulHalfToFloat).named(Arguments.class);

    private Matmul() {
    }

    /** The arguments of the kernels, which have a range of batch * m rows. */
    public record Arguments(Buffer a, Buffer b, Buffer c, int m, int n, int k, boolean transA, boolean transB, int strideA, int strideB, int strideC,
            boolean accumulate) {
    }

    /**
     * op(a) op(b), in the type of both, F32 or F16.
     *
     * @param a          [.., m, k], or [.., k, m] if transposeA
     * @param b          [.., k, n], or [.., n, k] if transposeB, with a's leading dimensions; or of rank 2, and then used for all rows of a,
     *                   which is transposed only if its rank is 2 too
     * @return [.., m, n]
     */
    public static Tensor matmul(Tensor a, Tensor b, boolean transposeA, boolean transposeB) {
        Sizes sizes = Sizes.of(a, b, transposeA, transposeB);
        Tensor c = Tensor.empty(a.device(), sizes.shape, a.dtype());
        sizes.launch(c, false);
        return c;
    }

    /**
     * dst = op(a) op(b), or dst += op(a) op(b) if accumulate; shapes as in {@link #matmul(Tensor, Tensor, boolean, boolean)}.
     *
     * <p>Where dst has rank 2 and only a is transposed, leading dimensions of both operands are part of the depth: the gradient of a weight
     * [n, k] is dst for a = dy [.., n] and b = x [.., k].
     *
     * @param dst F32, or F16 where the operands are
     */
    public static void matmulInto(Tensor dst, Tensor a, Tensor b, boolean transposeA, boolean transposeB, boolean accumulate) {
        boolean flatten = dst.shape().rank() == 2 && transposeA && !transposeB && a.shape().rank() > 1 && b.shape().rank() > 1;
        Sizes sizes = flatten
                ? Sizes.of(a.reshape(a.shape().rows(), a.shape().last()), b.reshape(b.shape().rows(), b.shape().last()), true, false)
                : Sizes.of(a, b, transposeA, transposeB);
        dst.require("matmul", sizes.shape);
        if (dst.dtype() != DType.F32 && dst.dtype() != a.dtype()) {
            throw new IllegalArgumentException("matmul of two " + a.dtype() + " tensors can't be stored as " + dst.dtype());
        }
        sizes.launch(dst, accumulate);
    }

    /** The sizes of one product, as the kernels take them. */
    private record Sizes(Tensor a, Tensor b, boolean transposeA, boolean transposeB, Shape shape, int batch, int m, int n, int k) {
        static Sizes of(Tensor a, Tensor b, boolean transposeA, boolean transposeB) {
            if (!a.dtype().isFloating() || a.dtype() != b.dtype()) {
                throw new IllegalArgumentException("matmul takes two F32 or two F16 tensors, not " + a.dtype() + " and " + b.dtype());
            }
            int rankA = a.shape().rank();
            int rankB = b.shape().rank();
            boolean flattened = rankA > 2 && rankB == 2 && !transposeA;
            if (rankA < 2 || rankB < 2 || !(flattened || rankA == rankB && sameLeading(a.shape(), b.shape()))) {
                throw mismatch(a, b, transposeA, transposeB);
            }
            int rows = flattened ? a.shape().rows() : a.shape().dim(-2);
            int m = transposeA ? a.shape().last() : rows;
            int k = transposeA ? rows : a.shape().last();
            int n = transposeB ? b.shape().dim(-2) : b.shape().last();
            int depthB = transposeB ? b.shape().last() : b.shape().dim(-2);
            if (k != depthB) {
                throw mismatch(a, b, transposeA, transposeB);
            }
            int[] dims = a.shape().toArray();
            if (!flattened) {
                dims[dims.length - 2] = m;
            }
            dims[dims.length - 1] = n;
            int batch = flattened ? 1 : a.shape().elements() / (m * k);
            return new Sizes(a, b, transposeA, transposeB, Shape.of(dims), batch, m, n, k);
        }

        private static boolean sameLeading(Shape a, Shape b) {
            return Arrays.equals(a.toArray(), 0, a.rank() - 2, b.toArray(), 0, b.rank() - 2);
        }

        private static IllegalArgumentException mismatch(Tensor a, Tensor b, boolean transposeA, boolean transposeB) {
            return new IllegalArgumentException("matmul can't multiply shapes " + a.shape() + (transposeA ? " (transposed)" : "") + " and "
                    + b.shape() + (transposeB ? " (transposed)" : ""));
        }

        void launch(Tensor c, boolean accumulate) {
            Kernel kernel = a.dtype() == c.dtype() ? PRODUCT.of(a.dtype()) : F16_TO_F32;
            var launch = kernel.launch().read(a).read(b);
            (accumulate ? launch.update(c) : launch.write(c)).ints(m, n, k).flag(transposeA).flag(transposeB).ints(m * k, k * n, m * n)
                    .flag(accumulate).over(batch * m, (long) n * k);
        }
    }

    /**
     * c[z, i, j] = sum over p of a[z, i, p] b[z, p, j], added to what c holds if accumulate is not 0.
     *
     * @param transA  not 0: a is stored as [z, p, i]; transB: b is stored as [z, j, p]
     * @param strideA elements from one batch entry of a to the next; 0 uses one entry for all
     * @param from    first of the batch * m rows of c to compute
     */
    public static void matmul(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, @AlsoHalf FloatArray c, int m, int n, int k, int transA, int transB,
            int strideA, int strideB, int strideC, int accumulate, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            for (@Parallel int j = 0; j < n; j++) {
                int batch = (from + r) / m;
                int i = (from + r) - batch * m;
                float sum = sum(a, b, batch, i, j, m, n, k, transA, transB, strideA, strideB);
                int e = batch * strideC + i * n + j;
                if (accumulate != 0) {
                    sum += c.get(e);
                }
                c.set(e, sum);
            }
        }
    }

    /** The same on half operands with an F32 result, as parameter gradients need it. */
    public static void matmulHalfToFloat(HalfFloatArray a, HalfFloatArray b, FloatArray c, int m, int n, int k, int transA, int transB,
            int strideA, int strideB, int strideC, int accumulate, int from, int count) {
        for (@Parallel int r = 0; r < count; r++) {
            for (@Parallel int j = 0; j < n; j++) {
                int batch = (from + r) / m;
                int i = (from + r) - batch * m;
                float sum = MatmulHalf.sum(a, b, batch, i, j, m, n, k, transA, transB, strideA, strideB);
                int e = batch * strideC + i * n + j;
                if (accumulate != 0) {
                    sum += c.get(e);
                }
                c.set(e, sum);
            }
        }
    }

    /** The sum over p of a[batch, i, p] b[batch, p, j]. */
    static float sum(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, int batch, int i, int j, int m, int n, int k, int transA, int transB, int strideA,
            int strideB) {
        int aAt = batch * strideA + (transA != 0 ? i : i * k);
        int aStep = transA != 0 ? m : 1;
        int bAt = batch * strideB + (transB != 0 ? j * k : j);
        int bStep = transB != 0 ? 1 : n;
        float sum = 0f;
        for (int p = 0; p < k; p++) {
            sum += a.get(aAt + p * aStep) * b.get(bAt + p * bStep);
        }
        return sum;
    }
}
