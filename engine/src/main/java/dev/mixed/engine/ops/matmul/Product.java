// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
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
    /** Edge of the small tile, of which rows and columns of a padded result are multiples. */
    static final int SMALL_TILE = 64;
    /** Edge of the large tile. */
    static final int LARGE_TILE = 128;
    /** From this size on, rounding up to the large tile wastes little. */
    private static final int LARGE = 4 * LARGE_TILE;

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
        /** Whether rows of so many halves can be loaded {@link Layout#LOAD} at a time. */
        private boolean inLoads(int row) {
            return row % Layout.LOAD == 0 && ld % Layout.LOAD == 0 && outerStride % Layout.LOAD == 0 && innerStride % Layout.LOAD == 0
                    && buffer.elements() % Layout.LOAD == 0;
        }
    }

    /** Where the results go; {@code ld}, {@code outerStride} and {@code innerStride} as in {@link Operand}. */
    public record Result(Buffer buffer, int ld, int outerStride, int innerStride) {
    }

    /**
     * What becomes of a sum before it is stored.
     *
     * @param accumulate whether it is added to what the result held
     * @param bias       [n], which is added to it; null for none
     * @param gelu       whether GELU is applied to that
     * @param activated  laid out as the result, which then holds what GELU is applied to, and this GELU of it; null to store only the latter
     */
    public record Epilogue(boolean accumulate,
            @Nullable Buffer bias, boolean gelu,
            @Nullable Buffer activated) {
        static final Epilogue NONE = new Epilogue(false, null, false, null);
    }

    /** The rows or columns of a result of so many, padded to whole tiles. */
    public static int padded(int size) {
        int tile = size > LARGE ? LARGE_TILE : SMALL_TILE;
        return Math.ceilDiv(size, tile) * tile;
    }

    /** Whether kernels can number the blocks and elements of so many results by int. */
    public static boolean fits(int batch, int m, int n) {
        return FloatProducts.fits(batch, m, n);
    }

    int batch() {
        return outer * inner;
    }

    /** The same product, its sums stored in scratch. */
    public Product into(Result scratch) {
        return new Product(outer, inner, m, n, k, a, b, scratch);
    }

    /** The same product with another epilogue. */
    Product with(Epilogue other) {
        return new Product(outer, inner, m, n, k, a, b, c, other);
    }

    /** Whether tensor cores take F16 operands of these layouts. */
    public boolean onTensorCores() {
        return a.inLoads(a.transposed ? m : k) && b.inLoads(b.transposed ? k : n);
    }

    /**
     * Emits products without an epilogue: of F32 operands into F32; of F16 operands into F32 with room for {@link #padded} rows and columns, of which
     * those beyond m and n hold anything afterwards; or of F16 operands into F16, if they are {@link #onTensorCores}.
     */
    public void emit(LoweredLaunches out) {
        DType type = a.buffer.dtype();
        if (type != b.buffer.dtype() || !type.isFloating() || c.buffer.dtype() != DType.F32 && !(type == c.buffer.dtype() && onTensorCores())) {
            throw new IllegalArgumentException("no kernel multiplies " + type + " by " + b.buffer.dtype() + " into " + c.buffer.dtype());
        }
        if (type == DType.F32) {
            FloatProducts.emit(this, FloatProducts.Plan.of(this), out);
        } else if (c.buffer.dtype() == DType.F32) {
            HalfProducts.emitPadded(this, out);
        } else {
            HalfProducts.emitInSmallTiles(this, out);
        }
    }
}
