package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.jvm.Rows;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The inner part of matrix products: a tile of 8 rows by two vectors of columns, held in registers over the whole depth k.
 *
 * <p>Every element is the sum over p = 0, 1, ... k-1 in that order, by fused multiply-adds, wherever in a tile it lies. So results depend
 * neither on how rows are cut into slices nor on what else a tile holds.
 */
public final class Gemm {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    /** Rows of a tile. */
    static final int TILE_ROWS = 8;
    /** Columns of a tile, and of a panel of the right operand. */
    static final int TILE_COLUMNS = 2 * LANES;
    /** Depth that is transposed at a time, so that the lines being written stay in the first-level cache. */
    private static final int TRANSPOSE_DEPTH = 64;

    private Gemm() {
    }

    /** Number of floats in one panel of depth k. */
    static int panelSize(int k) {
        return k * TILE_COLUMNS;
    }

    /**
     * Packs columns [j0, j0 + TILE_COLUMNS) of the right operand as a panel [k, TILE_COLUMNS] at panels[panel..], columns past n as zeros.
     *
     * @param b          the operand from index b0 on, [k, n] or, transposed, [n, k]
     * @param rowStride  distance between its rows as stored
     */
    static void packPanel(float[] b, int b0, int rowStride, boolean transposed, int n, int k, int j0, float[] panels, int panel) {
        int columns = Math.min(TILE_COLUMNS, n - j0);
        if (transposed) {
            packTransposed(b, b0 + j0 * rowStride, rowStride, columns, k, panels, panel);
        } else if (columns == TILE_COLUMNS) {
            for (int p = 0, from = b0 + j0, to = panel; p < k; p++, from += rowStride, to += TILE_COLUMNS) {
                FloatVector.fromArray(SPECIES, b, from).intoArray(panels, to);
                FloatVector.fromArray(SPECIES, b, from + LANES).intoArray(panels, to + LANES);
            }
        } else {
            for (int p = 0; p < k; p++) {
                for (int j = 0; j < TILE_COLUMNS; j++) {
                    panels[panel + p * TILE_COLUMNS + j] = j < columns ? b[b0 + j0 + p * rowStride + j] : 0f;
                }
            }
        }
    }

    /** Packs {@code columns} rows of k floats, {@code rowStride} apart, as the columns of a panel. */
    private static void packTransposed(float[] b, int b0, int rowStride, int columns, int k, float[] panels, int panel) {
        for (int p0 = 0; p0 < k; p0 += TRANSPOSE_DEPTH) {
            int depth = Math.min(TRANSPOSE_DEPTH, k - p0);
            int j = 0;
            for (; j + 4 <= columns; j += 4) {
                int from0 = b0 + j * rowStride + p0;
                int from1 = from0 + rowStride;
                int from2 = from1 + rowStride;
                int from3 = from2 + rowStride;
                int to = panel + p0 * TILE_COLUMNS + j;
                for (int p = 0; p < depth; p++) {
                    panels[to + p * TILE_COLUMNS] = b[from0 + p];
                    panels[to + p * TILE_COLUMNS + 1] = b[from1 + p];
                    panels[to + p * TILE_COLUMNS + 2] = b[from2 + p];
                    panels[to + p * TILE_COLUMNS + 3] = b[from3 + p];
                }
            }
            for (; j < TILE_COLUMNS; j++) {
                int from = b0 + j * rowStride + p0;
                int to = panel + p0 * TILE_COLUMNS + j;
                for (int p = 0; p < depth; p++) {
                    panels[to + p * TILE_COLUMNS] = j < columns ? b[from + p] : 0f;
                }
            }
        }
    }

    /** Packs the whole right operand, panel after panel; {@link #panelsSize} floats. */
    public static void packPanels(float[] b, int rowStride, boolean transposed, int n, int k, float[] panels) {
        for (int j = 0, to = 0; j < n; j += TILE_COLUMNS, to += panelSize(k)) {
            packPanel(b, 0, rowStride, transposed, n, k, j, panels, to);
        }
    }

    /**
     * c[r, j] = sum over p of a[r * rowStep + p * depthStep] * b[p, j] for r < rows, j < n and p < k.
     *
     * @param panels the right operand from {@link #packPanels}
     * @param c      rows of {@code stride} floats, at least {@link #paddedColumns}, and {@link #paddedRows} of them: the padding is written too
     */
    public static void multiply(float[] a, int rowStep, int depthStep, int rows, float[] panels, int n, int k, float[] c, int stride) {
        for (int j = 0, panel = 0; j < n; j += TILE_COLUMNS, panel += panelSize(k)) {
            for (int i = 0; i < rows; i += TILE_ROWS) {
                tile(a, i * rowStep, rowStep, depthStep, Math.min(TILE_ROWS, rows - i), panels, panel, k, c, i * stride + j, stride);
            }
        }
    }

    public static int paddedRows(int rows) {
        return Math.ceilDiv(rows, TILE_ROWS) * TILE_ROWS;
    }

    public static int paddedColumns(int n) {
        return Math.ceilDiv(n, TILE_COLUMNS) * TILE_COLUMNS;
    }

    /** Number of floats in all panels of a right operand [k, n]. */
    public static int panelsSize(int n, int k) {
        return paddedColumns(n) * k;
    }

    /**
     * c[r, j] = sum over p of a[a0 + min(r, rows-1) * rowStep + p * depthStep] * panel[p, j], for 8 rows r and TILE_COLUMNS columns j.
     * Rows from {@code rows} on repeat the last one.
     */
    static void tile(float[] a, int a0, int rowStep, int depthStep, int rows, float[] panels, int panel, int k, float[] c, int c0, int stride) {
        int last = rows - 1;
        int r0 = a0;
        int r1 = a0 + Math.min(1, last) * rowStep;
        int r2 = a0 + Math.min(2, last) * rowStep;
        int r3 = a0 + Math.min(3, last) * rowStep;
        int r4 = a0 + Math.min(4, last) * rowStep;
        int r5 = a0 + Math.min(5, last) * rowStep;
        int r6 = a0 + Math.min(6, last) * rowStep;
        int r7 = a0 + Math.min(7, last) * rowStep;
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c60 = c00;
        FloatVector c61 = c00;
        FloatVector c70 = c00;
        FloatVector c71 = c00;
        for (int p = 0, at = 0, b = panel; p < k; p++, at += depthStep, b += TILE_COLUMNS) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, panels, b);
            FloatVector b1 = FloatVector.fromArray(SPECIES, panels, b + LANES);
            FloatVector x0 = FloatVector.broadcast(SPECIES, a[r0 + at]);
            c00 = x0.fma(b0, c00);
            c01 = x0.fma(b1, c01);
            FloatVector x1 = FloatVector.broadcast(SPECIES, a[r1 + at]);
            c10 = x1.fma(b0, c10);
            c11 = x1.fma(b1, c11);
            FloatVector x2 = FloatVector.broadcast(SPECIES, a[r2 + at]);
            c20 = x2.fma(b0, c20);
            c21 = x2.fma(b1, c21);
            FloatVector x3 = FloatVector.broadcast(SPECIES, a[r3 + at]);
            c30 = x3.fma(b0, c30);
            c31 = x3.fma(b1, c31);
            FloatVector x4 = FloatVector.broadcast(SPECIES, a[r4 + at]);
            c40 = x4.fma(b0, c40);
            c41 = x4.fma(b1, c41);
            FloatVector x5 = FloatVector.broadcast(SPECIES, a[r5 + at]);
            c50 = x5.fma(b0, c50);
            c51 = x5.fma(b1, c51);
            FloatVector x6 = FloatVector.broadcast(SPECIES, a[r6 + at]);
            c60 = x6.fma(b0, c60);
            c61 = x6.fma(b1, c61);
            FloatVector x7 = FloatVector.broadcast(SPECIES, a[r7 + at]);
            c70 = x7.fma(b0, c70);
            c71 = x7.fma(b1, c71);
        }
        c00.intoArray(c, c0);
        c01.intoArray(c, c0 + LANES);
        c10.intoArray(c, c0 + stride);
        c11.intoArray(c, c0 + stride + LANES);
        c20.intoArray(c, c0 + 2 * stride);
        c21.intoArray(c, c0 + 2 * stride + LANES);
        c30.intoArray(c, c0 + 3 * stride);
        c31.intoArray(c, c0 + 3 * stride + LANES);
        c40.intoArray(c, c0 + 4 * stride);
        c41.intoArray(c, c0 + 4 * stride + LANES);
        c50.intoArray(c, c0 + 5 * stride);
        c51.intoArray(c, c0 + 5 * stride + LANES);
        c60.intoArray(c, c0 + 6 * stride);
        c61.intoArray(c, c0 + 6 * stride + LANES);
        c70.intoArray(c, c0 + 7 * stride);
        c71.intoArray(c, c0 + 7 * stride + LANES);
    }
}
