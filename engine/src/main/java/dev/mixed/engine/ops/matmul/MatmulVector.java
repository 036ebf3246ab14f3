// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Matrix products on the Vector API, with the signatures of {@code dev.mixed.engine.ops.matmul.Matmul}; and {@link #multiply}, the product of arrays,
 * for kernels of other families.
 *
 * <p>A block of the left operand's rows and, panel by panel, the right operand are copied to float arrays, halves being converted on the way. Of the
 * result, a tile of 6 or 8 rows by two vectors of columns is held in registers over the whole depth k. Where rows are left
 * over, the last tile reaches back over rows that the one before it had.
 *
 * <p>Every element is the sum over p = 0, 1, ... k-1 in that order, by fused multiply-adds, wherever in a tile it lies. So results depend
 * neither on how rows are cut into slices nor on what else a tile holds.
 */
public final class MatmulVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    /** Rows of a tile: its sums, and what is multiplied, fit the registers that there are for vectors of this length. */
    private static final int TILE_ROWS = LANES >= 16 ? TileOfEightVector.ROWS : TileOfSixVector.ROWS;
    /** Columns of a tile, and of a panel of the right operand. */
    private static final int TILE_COLUMNS = 2 * LANES;
    /** Depth that is transposed at a time, so that the lines being written stay in the first-level cache. */
    private static final int TRANSPOSE_DEPTH = 64;
    /** Floats of the left operand that are packed at a time. */
    private static final int BLOCK_FLOATS = 1 << 20;
    /** Floats in a cache line. */
    private static final int LINE = 16;

    private MatmulVector() {
    }

    /** c = op(a) op(b), or c += where accumulate is not 0; all F32. */
    public static void matmul(FloatArray a, FloatArray b, FloatArray c, int m, int n, int k, int transA, int transB,
            int strideA, int strideB, int strideC, int accumulate, int from, int count) {
        product(a.getSegment(), b.getSegment(), false, c.getSegment(), false, m, n, k, transA != 0, transB != 0, strideA, strideB,
                strideC, accumulate != 0, from, count);
    }

    /** The same on half operands and result. */
    public static void matmulHalf(HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, int m, int n, int k, int transA, int transB,
            int strideA, int strideB, int strideC, int accumulate, int from, int count) {
        product(a.getSegment(), b.getSegment(), true, c.getSegment(), true, m, n, k, transA != 0, transB != 0, strideA, strideB,
                strideC, accumulate != 0, from, count);
    }

    /** The same on half operands with an F32 result. */
    public static void matmulHalfToFloat(HalfFloatArray a, HalfFloatArray b, FloatArray c, int m, int n, int k, int transA, int transB,
            int strideA, int strideB, int strideC, int accumulate, int from, int count) {
        product(a.getSegment(), b.getSegment(), true, c.getSegment(), false, m, n, k, transA != 0, transB != 0, strideA, strideB,
                strideC, accumulate != 0, from, count);
    }

    private static void product(MemorySegment a, MemorySegment b, boolean halfIn, MemorySegment c, boolean halfOut, int m, int n, int k,
            boolean transA, boolean transB, int strideA, int strideB, int strideC, boolean accumulate, int from, int count) {
        Scratch scratch = Scratch.get();
        int blockRows = Math.max(TILE_ROWS, BLOCK_FLOATS / k / TILE_ROWS * TILE_ROWS);
        float[] panel = scratch.floats(2, panelSize(k));
        float[] tile = scratch.floats(3, TILE_ROWS * TILE_COLUMNS);
        for (int row = from; row < from + count;) {
            int batch = row / m;
            int first = row - batch * m;
            int rows = Math.min(Math.min(blockRows, m - first), from + count - row);
            int rowStep = transA ? 1 : k;
            int depthStep = transA ? spread(rows) : 1;
            float[] left = scratch.floats(0, transA ? k * depthStep : rows * k);
            loadLeft(a, halfIn, (long) batch * strideA, first, rows, m, k, transA, depthStep, left);
            if (rows < TILE_ROWS) {
                left = packFewRows(left, rowStep, depthStep, rows, k);
                rowStep = 1;
                depthStep = TILE_ROWS;
            }
            float[] right = halfIn && !transB ? loadRight(b, (long) batch * strideB, n * k) : null;
            for (int j = 0; j < n; j += TILE_COLUMNS) {
                if (right != null) {
                    packPanel(right, 0, n, false, n, k, j, panel, 0);
                } else {
                    loadPanel(b, halfIn, (long) batch * strideB, transB, n, k, j, panel);
                }
                int columns = Math.min(TILE_COLUMNS, n - j);
                for (int done = 0; done < rows; done += TILE_ROWS) {
                    int i = tileStart(done, rows);
                    tile(left, i * rowStep, rowStep, depthStep, panel, 0, k, tile, 0, TILE_COLUMNS);
                    long at = (long) batch * strideC + (long) (first + done) * n + j;
                    int tileRows = Math.min(TILE_ROWS, rows - done);
                    if (halfOut) {
                        storeHalf(tile, done - i, c, at, n, tileRows, columns, accumulate);
                    } else {
                        store(tile, done - i, c, at, n, tileRows, columns, accumulate);
                    }
                }
            }
            row += rows;
        }
    }

    /** At least {@code rows}, and an odd number of cache lines: rows a power of two apart would all compete for the same few places in the caches. */
    private static int spread(int rows) {
        return (Math.ceilDiv(rows, LINE) | 1) * LINE;
    }

    /** Rows [first, first + rows) of the left operand: as [rows, k], or where it is stored transposed as [k, rows] with {@code depthStep} from row to row. */
    private static void loadLeft(MemorySegment a, boolean half, long offset, int first, int rows, int m, int k, boolean transA, int depthStep, float[] left) {
        if (!transA) {
            Rows.load(a, half, offset + (long) first * k, left, 0, rows * k);
            return;
        }
        for (int p = 0; p < k; p++) {
            Rows.load(a, half, offset + (long) p * m + first, left, p * depthStep, rows);
        }
    }

    /** The whole right operand as floats: converting halves in runs as short as a panel's rows would be slow. */
    private static float[] loadRight(MemorySegment b, long offset, int size) {
        float[] right = Scratch.get().floats(1, size);
        Rows.load(b, true, offset, right, 0, size);
        return right;
    }

    /** Columns [j, j + TILE_COLUMNS) of the right operand as a panel [k, TILE_COLUMNS], columns past n as zeros. */
    private static void loadPanel(MemorySegment b, boolean half, long offset, boolean transB, int n, int k, int j, float[] panel) {
        int columns = Math.min(TILE_COLUMNS, n - j);
        if (transB) {
            float[] rows = Scratch.get().floats(1, panelSize(k));
            Rows.load(b, half, offset + (long) j * k, rows, 0, columns * k);
            packPanel(rows, 0, k, true, columns, k, 0, panel, 0);
        } else if (!half && columns == TILE_COLUMNS) {
            for (int p = 0; p < k; p++) {
                long at = (offset + (long) p * n + j) * Float.BYTES;
                FloatVector.fromMemorySegment(SPECIES, b, at, ByteOrder.nativeOrder()).intoArray(panel, p * TILE_COLUMNS);
                FloatVector.fromMemorySegment(SPECIES, b, at + (long) LANES * Float.BYTES, ByteOrder.nativeOrder()).intoArray(panel, p * TILE_COLUMNS + LANES);
            }
        } else {
            for (int p = 0; p < k; p++) {
                int to = p * TILE_COLUMNS;
                Rows.load(b, half, offset + (long) p * n + j, panel, to, columns);
                Arrays.fill(panel, to + columns, to + TILE_COLUMNS, 0f);
            }
        }
    }

    /** Stores rows of the tile from {@code skipped} on. */
    private static void store(float[] tile, int skipped, MemorySegment c, long element, int n, int rows, int columns, boolean accumulate) {
        int t = skipped * TILE_COLUMNS;
        if (columns == TILE_COLUMNS) {
            for (int r = 0; r < rows; r++) {
                FloatVector v0 = FloatVector.fromArray(SPECIES, tile, t + r * TILE_COLUMNS);
                FloatVector v1 = FloatVector.fromArray(SPECIES, tile, t + r * TILE_COLUMNS + LANES);
                long at0 = (element + (long) r * n) * Float.BYTES;
                long at1 = at0 + (long) LANES * Float.BYTES;
                if (accumulate) {
                    v0 = v0.add(FloatVector.fromMemorySegment(SPECIES, c, at0, ByteOrder.nativeOrder()));
                    v1 = v1.add(FloatVector.fromMemorySegment(SPECIES, c, at1, ByteOrder.nativeOrder()));
                }
                v0.intoMemorySegment(c, at0, ByteOrder.nativeOrder());
                v1.intoMemorySegment(c, at1, ByteOrder.nativeOrder());
            }
            return;
        }
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                long at = element + (long) r * n + j;
                float sum = tile[t + r * TILE_COLUMNS + j];
                c.setAtIndex(ValueLayout.JAVA_FLOAT, at, accumulate ? sum + c.getAtIndex(ValueLayout.JAVA_FLOAT, at) : sum);
            }
        }
    }

    private static void storeHalf(float[] tile, int skipped, MemorySegment c, long element, int n, int rows, int columns, boolean accumulate) {
        float[] old = Scratch.get().floats(4, TILE_COLUMNS);
        for (int r = 0; r < rows; r++) {
            long at = element + (long) r * n;
            int t = (skipped + r) * TILE_COLUMNS;
            if (accumulate) {
                Rows.load(c, true, at, old, 0, columns);
                for (int j = 0; j < columns; j++) {
                    tile[t + j] += old[j];
                }
            }
            Rows.store(tile, t, c, true, at, columns);
        }
    }

    /** Number of floats in one panel of depth k. */
    private static int panelSize(int k) {
        return k * TILE_COLUMNS;
    }

    /**
     * Packs columns [j0, j0 + TILE_COLUMNS) of the right operand as a panel [k, TILE_COLUMNS] at panels[panel..], columns past n as zeros.
     *
     * @param b          the operand from index b0 on, [k, n] or, transposed, [n, k]
     * @param rowStride  distance between its rows as stored
     */
    private static void packPanel(float[] b, int b0, int rowStride, boolean transposed, int n, int k, int j0, float[] panels, int panel) {
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
     * c[r, j] = sum over p of a[r * rowStep + p * depthStep] * b[p, j] for {@code r < rows}, {@code j < n} and {@code p < k}.
     *
     * @param panels the right operand from {@link #packPanels}
     * @param c      rows of {@code stride} floats, at least {@link #paddedColumns}, and {@link #paddedRows} of them: padding is written too
     */
    public static void multiply(float[] a, int rowStep, int depthStep, int rows, float[] panels, int n, int k, float[] c, int stride) {
        if (rows < TILE_ROWS) {
            a = packFewRows(a, rowStep, depthStep, rows, k);
            rowStep = 1;
            depthStep = TILE_ROWS;
        }
        for (int j = 0, panel = 0; j < n; j += TILE_COLUMNS, panel += panelSize(k)) {
            for (int done = 0; done < rows; done += TILE_ROWS) {
                int i = tileStart(done, rows);
                tile(a, i * rowStep, rowStep, depthStep, panels, panel, k, c, i * stride + j, stride);
            }
        }
    }

    /** Where the tile begins that gives rows from {@code done} on: where fewer than a tile are left, some rows before. */
    private static int tileStart(int done, int rows) {
        return Math.max(0, Math.min(done, rows - TILE_ROWS));
    }

    /** Fewer rows than a tile has, as [k, TILE_ROWS], with zeros for those missing. */
    private static float[] packFewRows(float[] a, int rowStep, int depthStep, int rows, int k) {
        float[] packed = Scratch.get().floats(11, k * TILE_ROWS);
        for (int p = 0; p < k; p++) {
            for (int r = 0; r < TILE_ROWS; r++) {
                packed[p * TILE_ROWS + r] = r < rows ? a[r * rowStep + p * depthStep] : 0f;
            }
        }
        return packed;
    }

    /**
     * c[r, j] = sum over p of a[a0 + r * rowStep + p * depthStep] * panel[p, j], for TILE_ROWS rows r and TILE_COLUMNS columns j.
     *
     * @param rowStep 1, or else depthStep is
     */
    private static void tile(float[] a, int a0, int rowStep, int depthStep, float[] panels, int panel, int k, float[] c, int c0, int stride) {
        if (TILE_ROWS == TileOfEightVector.ROWS) {
            if (depthStep == 1) {
                TileOfEightVector.alongDepth(a, a0, rowStep, panels, panel, k, c, c0, stride);
            } else {
                TileOfEightVector.alongRows(a, a0, depthStep, panels, panel, k, c, c0, stride);
            }
        } else if (depthStep == 1) {
            TileOfSixVector.alongDepth(a, a0, rowStep, panels, panel, k, c, c0, stride);
        } else {
            TileOfSixVector.alongRows(a, a0, depthStep, panels, panel, k, c, c0, stride);
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
}
