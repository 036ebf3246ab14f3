package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.LoweredLaunches;

/** Matrix products on a GPU with an F32 result: which kernel computes one, in what tiles. */
public final class GpuGemm {
    /** Edge of the small tile, of which rows and columns of a result are multiples. */
    static final int SMALL_TILE = 64;
    /** Edge of the large tile. */
    static final int LARGE_TILE = 128;
    /** From this size on, rounding up to the large tile wastes little. */
    private static final int LARGE = 4 * LARGE_TILE;

    private GpuGemm() {
    }

    /**
     * One factor of a batch of products: F16 or F32.
     *
     * @param transposed  whether a is stored [k, m], or b [n, k], instead of [m, k] and [k, n]
     * @param ld          elements from one stored row to the next
     * @param outerStride elements from one outer batch entry to the next; 0 uses one for all
     * @param innerStride elements from one inner batch entry to the next; 0 uses one for all
     */
    public record Operand(Buffer buffer, boolean transposed, int ld, long outerStride, long innerStride) {
    }

    /** Rows that c must have room for where the product has m. */
    public static int paddedRows(int m) {
        return padded(m);
    }

    /** Columns that c must have room for, and the least ldc, where the product has n. */
    public static int paddedColumns(int n) {
        return padded(n);
    }

    private static int padded(int size) {
        int tile = size > LARGE ? LARGE_TILE : SMALL_TILE;
        return Math.ceilDiv(size, tile) * tile;
    }

    /**
     * Emits c[z] = op(a[z]) op(b[z]) for z = (o, i), o below {@code outer} and i below {@code inner}, summed in float.
     *
     * @param a          [m, k], or [k, m] if transposed; F16 or F32
     * @param b          [k, n], or [n, k] if transposed; of a's type
     * @param c          F32; each result has {@link #paddedRows} rows of {@link #paddedColumns} columns, of which those beyond m and n hold
     *                   anything afterwards
     * @param ldc        elements from one row of c to the next, a multiple of 2
     */
    public static void product(LoweredLaunches out, int outer, int inner, int m, int n, int k, Operand a, Operand b, Buffer c, int ldc,
            int cOuterStride, int cInnerStride) {
        if (a.buffer.dtype() != b.buffer.dtype() || !a.buffer.dtype().isFloating() || c.dtype() != DType.F32) {
            throw new IllegalArgumentException("no kernel multiplies " + a.buffer.dtype() + " by " + b.buffer.dtype() + " into " + c.dtype());
        }
        if (a.buffer.dtype() == DType.F32) {
            FloatGemm.product(out, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride);
        } else {
            HalfGemm.product(out, outer, inner, m, n, k, a, b, c, ldc, cOuterStride, cInnerStride);
        }
    }
}
