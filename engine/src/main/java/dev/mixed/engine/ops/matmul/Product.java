// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.LoweredLaunches;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products c[o, i] = op(a[o, i]) op(b[o, i]) as a GPU computes them, o below {@code outer} and i below {@code inner}, summed in float.
 *
 * @param m        rows of a and c
 * @param n        columns of b and c
 * @param k        columns of a and rows of b
 * @param a        [m, k], F32 or F16
 * @param b        [k, n], of a's type
 * @param c        [m, n]
 * @param epilogue what becomes of a sum before it is stored in c
 */
public record Product(int outer, int inner, int m, int n, int k, Operand a, Operand b, Result c, Epilogue epilogue) {
    private static final int SMALLEST_TILE = 64;
    private static final int MOST_THREADS = 256;

    /** Products that are stored as they are. */
    public Product(int outer, int inner, int m, int n, int k, Operand a, Operand b, Result c) {
        this(outer, inner, m, n, k, a, b, c, Epilogue.NONE);
    }

    /**
     * One factor of a batch of products.
     *
     * @param transposed  whether a is stored [k, m], or b [n, k], instead of [m, k] and [k, n]
     * @param ld          elements from one stored row to the next
     * @param outerStride elements from one outer entry of the batch to the next; 0 uses one for all
     * @param innerStride elements from one inner entry of the batch to the next; 0 uses one for all
     */
    public record Operand(Buffer buffer, boolean transposed, int ld, long outerStride, long innerStride) {
        /** Whether each row begins at a multiple of so many elements. */
        boolean inLoads(int load) {
            return ld % load == 0 && outerStride % load == 0 && innerStride % load == 0;
        }
    }

    /** Where the results go; {@code ld}, {@code outerStride} and {@code innerStride} as in {@link Operand}. */
    public record Result(Buffer buffer, int ld, int outerStride, int innerStride) {
    }

    /**
     * What becomes of a sum before it is stored.
     *
     * @param bias       [n], of the result's type, which is added to it; null for none
     * @param gelu       whether GELU is applied to that
     * @param accumulate whether the result of this is added to what the result held
     * @param activated  laid out as the result, which then holds what GELU is applied to, and this GELU of it; null to store only the latter
     */
    public record Epilogue(boolean accumulate,
            @Nullable Buffer bias, boolean gelu,
            @Nullable Buffer activated) {
        static final Epilogue NONE = new Epilogue(false, null, false, null);

        boolean isNone() {
            return !accumulate && bias == null && !gelu && activated == null;
        }
    }

    /** Whether kernels can number the blocks and elements of so many results by int. */
    public static boolean fits(int batch, int m, int n) {
        return ProductParts.fits(batch, m, n, 1)
                && (double) batch * Math.ceilDiv(m, SMALLEST_TILE) * Math.ceilDiv(n, SMALLEST_TILE) * MOST_THREADS <= Integer.MAX_VALUE;
    }

    int batch() {
        return outer * inner;
    }

    /** Tiles of c of so many rows and columns, of all the batch. */
    int tiles(int edge) {
        return batch() * Math.ceilDiv(m, edge) * Math.ceilDiv(n, edge);
    }

    /** The same product, its sums stored elsewhere. */
    public Product into(Result other) {
        return new Product(outer, inner, m, n, k, a, b, other, epilogue);
    }

    /** The same product, its operands read elsewhere: they hold the same numbers. */
    Product of(Operand otherA, Operand otherB) {
        return new Product(outer, inner, m, n, k, otherA, otherB, c, epilogue);
    }

    /** The same product with another epilogue. */
    Product with(Epilogue other) {
        return new Product(outer, inner, m, n, k, a, b, c, other);
    }

    /** Emits products of two F32 operands into F32, or of two F16 operands into either. */
    public void emit(GpuTarget target, LoweredLaunches out) {
        DType type = a.buffer.dtype();
        if (type != b.buffer.dtype() || !type.isFloating() || c.buffer.dtype() != DType.F32 && c.buffer.dtype() != type) {
            throw new IllegalArgumentException("no kernel multiplies " + type + " by " + b.buffer.dtype() + " into " + c.buffer.dtype());
        }
        if (type == DType.F32) {
            FloatProducts.emit(this, FloatProducts.Plan.of(this, target), target, out);
        } else {
            HalfProducts.emit(this, HalfProducts.Plan.of(this), target, out);
        }
    }
}
