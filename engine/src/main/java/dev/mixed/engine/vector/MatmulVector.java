package dev.mixed.engine.vector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Matrix products on the Vector API, with the signatures of {@code dev.mixed.engine.kernels.Matmul}.
 *
 * <p>A block of the left operand's rows and, panel by panel, the right operand are copied to float arrays (halves are converted on the
 * way); {@link Gemm#tile} multiplies. The depth is never cut: a sum stays in registers from its first to its last term.
 */
public final class MatmulVector {
    /** Floats of the left operand that are packed at a time. */
    private static final int BLOCK_FLOATS = 1 << 20;
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
        float[] right = scratch.floats(1, n * k);
        float[] panel = scratch.floats(2, Gemm.panelSize(k));
        float[] tile = scratch.floats(3, Gemm.TILE_ROWS * Gemm.TILE_COLUMNS);
        int loadedBatch = -1;
        for (int row = from; row < from + count; ) {
            int batch = row / m;
            int first = row - batch * m;
            int rows = Math.min(Math.min(blockRows, m - first), from + count - row);
            float[] left = scratch.floats(0, rows * k);
            loadLeft(a, halfIn, (long) batch * strideA, first, rows, m, k, transA, left);
            if (batch != loadedBatch) {
                Rows.load(b, halfIn, (long) batch * strideB, right, 0, n * k);
                loadedBatch = batch;
            }
            int rowStep = transA ? 1 : k;
            int depthStep = transA ? rows : 1;
            for (int j = 0; j < n; j += Gemm.TILE_COLUMNS) {
                Gemm.packPanel(right, 0, transB ? k : n, transB, n, k, j, panel, 0);
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

    /** Rows [first, first + rows) of the left operand: as [rows, k], or where it is stored transposed as [k, rows]. */
    private static void loadLeft(MemorySegment a, boolean half, long offset, int first, int rows, int m, int k, boolean transA, float[] left) {
        if (!transA || rows == m) {
            Rows.load(a, half, transA ? offset : offset + (long) first * k, left, 0, rows * k);
            return;
        }
        for (int p = 0; p < k; p++) {
            Rows.load(a, half, offset + (long) p * m + first, left, p * rows, rows);
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
