package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Matrix products on the Vector API, with the signatures of {@code dev.mixed.engine.ops.matmul.Matmul}.
 *
 * <p>A block of the left operand's rows and, panel by panel, the right operand are copied to float arrays (halves are converted on the
 * way); {@link Gemm#tile} multiplies. The depth is never cut: a sum stays in registers from its first to its last term.
 */
public final class MatmulVector {
    /** Floats of the left operand that are packed at a time. */
    private static final int BLOCK_FLOATS = 1 << 20;
    /** Floats in a cache line. */
    private static final int LINE = 16;
    private static final int LANES = Gemm.SPECIES.length();

    private MatmulVector() {
    }

    /** c = op(a) op(b), or c += where accumulate is not 0; all F32. */
    public static void matmul(FloatArray a, FloatArray b, FloatArray c, int m, int n, int k, int transA, int transB,
                              int strideA, int strideB, int strideC, int accumulate, int from, int count) {
        multiply(a.getSegment(), b.getSegment(), false, c.getSegment(), false, m, n, k, transA != 0, transB != 0, strideA, strideB, strideC, accumulate != 0, from, count);
    }

    /** The same on half operands and result. */
    public static void matmulHalf(HalfFloatArray a, HalfFloatArray b, HalfFloatArray c, int m, int n, int k, int transA, int transB,
                                  int strideA, int strideB, int strideC, int accumulate, int from, int count) {
        multiply(a.getSegment(), b.getSegment(), true, c.getSegment(), true, m, n, k, transA != 0, transB != 0, strideA, strideB, strideC, accumulate != 0, from, count);
    }

    /** The same on half operands with an F32 result. */
    public static void matmulHalfToFloat(HalfFloatArray a, HalfFloatArray b, FloatArray c, int m, int n, int k, int transA, int transB,
                                         int strideA, int strideB, int strideC, int accumulate, int from, int count) {
        multiply(a.getSegment(), b.getSegment(), true, c.getSegment(), false, m, n, k, transA != 0, transB != 0, strideA, strideB, strideC, accumulate != 0, from, count);
    }

    private static void multiply(MemorySegment a, MemorySegment b, boolean halfIn, MemorySegment c, boolean halfOut, int m, int n, int k,
                                 boolean transA, boolean transB, int strideA, int strideB, int strideC, boolean accumulate, int from, int count) {
        Scratch scratch = Scratch.get();
        int blockRows = Math.max(Gemm.TILE_ROWS, BLOCK_FLOATS / k / Gemm.TILE_ROWS * Gemm.TILE_ROWS);
        float[] panel = scratch.floats(2, Gemm.panelSize(k));
        float[] tile = scratch.floats(3, Gemm.TILE_ROWS * Gemm.TILE_COLUMNS);
        for (int row = from; row < from + count; ) {
            int batch = row / m;
            int first = row - batch * m;
            int rows = Math.min(Math.min(blockRows, m - first), from + count - row);
            int rowStep = transA ? 1 : k;
            int depthStep = transA ? spread(rows) : 1;
            float[] left = scratch.floats(0, transA ? k * depthStep : rows * k);
            loadLeft(a, halfIn, (long) batch * strideA, first, rows, m, k, transA, depthStep, left);
            float[] right = halfIn && !transB ? loadRight(b, (long) batch * strideB, n * k) : null;
            for (int j = 0; j < n; j += Gemm.TILE_COLUMNS) {
                if (right != null) {
                    Gemm.packPanel(right, 0, n, false, n, k, j, panel, 0);
                } else {
                    loadPanel(b, halfIn, (long) batch * strideB, transB, n, k, j, panel);
                }
                int columns = Math.min(Gemm.TILE_COLUMNS, n - j);
                for (int i = 0; i < rows; i += Gemm.TILE_ROWS) {
                    int tileRows = Math.min(Gemm.TILE_ROWS, rows - i);
                    Gemm.tile(left, i * rowStep, rowStep, depthStep, tileRows, panel, 0, k, tile, 0, Gemm.TILE_COLUMNS);
                    long at = (long) batch * strideC + (long) (first + i) * n + j;
                    if (halfOut) {
                        storeHalf(tile, c, at, n, tileRows, columns, accumulate);
                    } else {
                        store(tile, c, at, n, tileRows, columns, accumulate);
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
        int columns = Math.min(Gemm.TILE_COLUMNS, n - j);
        if (transB) {
            float[] rows = Scratch.get().floats(1, Gemm.panelSize(k));
            Rows.load(b, half, offset + (long) j * k, rows, 0, columns * k);
            Gemm.packPanel(rows, 0, k, true, columns, k, 0, panel, 0);
        } else if (!half && columns == Gemm.TILE_COLUMNS) {
            for (int p = 0; p < k; p++) {
                long at = (offset + (long) p * n + j) * Float.BYTES;
                FloatVector.fromMemorySegment(Gemm.SPECIES, b, at, ByteOrder.nativeOrder()).intoArray(panel, p * Gemm.TILE_COLUMNS);
                FloatVector.fromMemorySegment(Gemm.SPECIES, b, at + (long) LANES * Float.BYTES, ByteOrder.nativeOrder()).intoArray(panel, p * Gemm.TILE_COLUMNS + LANES);
            }
        } else {
            for (int p = 0; p < k; p++) {
                int to = p * Gemm.TILE_COLUMNS;
                Rows.load(b, half, offset + (long) p * n + j, panel, to, columns);
                Arrays.fill(panel, to + columns, to + Gemm.TILE_COLUMNS, 0f);
            }
        }
    }

    private static void store(float[] tile, MemorySegment c, long element, int n, int rows, int columns, boolean accumulate) {
        if (columns == Gemm.TILE_COLUMNS) {
            for (int r = 0; r < rows; r++) {
                FloatVector v0 = FloatVector.fromArray(Gemm.SPECIES, tile, r * Gemm.TILE_COLUMNS);
                FloatVector v1 = FloatVector.fromArray(Gemm.SPECIES, tile, r * Gemm.TILE_COLUMNS + LANES);
                long at0 = (element + (long) r * n) * Float.BYTES;
                long at1 = at0 + (long) LANES * Float.BYTES;
                if (accumulate) {
                    v0 = v0.add(FloatVector.fromMemorySegment(Gemm.SPECIES, c, at0, ByteOrder.nativeOrder()));
                    v1 = v1.add(FloatVector.fromMemorySegment(Gemm.SPECIES, c, at1, ByteOrder.nativeOrder()));
                }
                v0.intoMemorySegment(c, at0, ByteOrder.nativeOrder());
                v1.intoMemorySegment(c, at1, ByteOrder.nativeOrder());
            }
            return;
        }
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                long at = element + (long) r * n + j;
                float sum = tile[r * Gemm.TILE_COLUMNS + j];
                c.setAtIndex(ValueLayout.JAVA_FLOAT, at, accumulate ? sum + c.getAtIndex(ValueLayout.JAVA_FLOAT, at) : sum);
            }
        }
    }

    private static void storeHalf(float[] tile, MemorySegment c, long element, int n, int rows, int columns, boolean accumulate) {
        float[] old = Scratch.get().floats(4, Gemm.TILE_COLUMNS);
        for (int r = 0; r < rows; r++) {
            long at = element + (long) r * n;
            int t = r * Gemm.TILE_COLUMNS;
            if (accumulate) {
                Rows.load(c, true, at, old, 0, columns);
                for (int j = 0; j < columns; j++) {
                    tile[t + j] += old[j];
                }
            }
            Rows.store(tile, t, c, true, at, columns);
        }
    }
}
