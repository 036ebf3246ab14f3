package dev.mixed.engine.gpu;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Sums over the rows of a matrix, column by column, in two steps with a fixed order: over chunks of rows, and over the chunks.
 *
 * <p>size = {rows, n, rows to a chunk, ids}; partials [chunks, n]. A block takes {@link #COLUMNS} columns, two neighbours to a lane, and each of its
 * warps every {@link #WARPS}-th row.
 */
public final class ColumnKernels {
    private static final int WARP = 32;
    static final int WARPS = 8;
    static final int THREADS = WARPS * WARP;
    static final int COLUMNS = 2 * WARP;
    /** Columns to a block of the second step, and threads to each of them. */
    static final int FINAL_COLUMNS = 32;
    static final int FINAL_GROUPS = 16;

    private ColumnKernels() {
    }

    /** Sums over a chunk of rows; {@code blockIdy} tells which. */
    public static void sumColumnsFloat(KernelContext context, FloatArray dy, FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(1);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        if (column + 1 < n) {
            for (int row = chunk * size.get(2) + warp; row < end; row += WARPS) {
                left += dy.get(row * n + column);
                right += dy.get(row * n + column + 1);
            }
        } else if (column < n) {
            for (int row = chunk * size.get(2) + warp; row < end; row += WARPS) {
                left += dy.get(row * n + column);
            }
        }
        shared[warp * COLUMNS + 2 * lane] = left;
        shared[warp * COLUMNS + 2 * lane + 1] = right;
        context.localBarrier();
        addWarps(context, shared, partials, chunk * n, n);
    }

    /** Sums, over a chunk of rows, of the rows whose id is {@code blockIdz}: partials [chunks, ids, n]. */
    public static void sumColumnsByIdFloat(KernelContext context, FloatArray dy, IntArray ids, FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(1);
        int id = context.groupIdz;
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        for (int row = chunk * size.get(2) + warp; row < end; row += WARPS) {
            if (ids.get(row) == id) {
                if (column < n) {
                    left += dy.get(row * n + column);
                }
                if (column + 1 < n) {
                    right += dy.get(row * n + column + 1);
                }
            }
        }
        shared[warp * COLUMNS + 2 * lane] = left;
        shared[warp * COLUMNS + 2 * lane + 1] = right;
        context.localBarrier();
        addWarps(context, shared, partials, (chunk * size.get(3) + id) * n, n);
    }

    /** Sums over a chunk of rows; {@code blockIdy} tells which. */
    public static void sumColumnsHalf(KernelContext context, HalfFloatArray dy, FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(1);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        if (column + 1 < n) {
            for (int row = chunk * size.get(2) + warp; row < end; row += WARPS) {
                left += dy.get(row * n + column).getFloat32();
                right += dy.get(row * n + column + 1).getFloat32();
            }
        } else if (column < n) {
            for (int row = chunk * size.get(2) + warp; row < end; row += WARPS) {
                left += dy.get(row * n + column).getFloat32();
            }
        }
        shared[warp * COLUMNS + 2 * lane] = left;
        shared[warp * COLUMNS + 2 * lane + 1] = right;
        context.localBarrier();
        addWarps(context, shared, partials, chunk * n, n);
    }

    /** Sums, over a chunk of rows, of the rows whose id is {@code blockIdz}: partials [chunks, ids, n]. */
    public static void sumColumnsByIdHalf(KernelContext context, HalfFloatArray dy, IntArray ids, FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(1);
        int id = context.groupIdz;
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        for (int row = chunk * size.get(2) + warp; row < end; row += WARPS) {
            if (ids.get(row) == id) {
                if (column < n) {
                    left += dy.get(row * n + column).getFloat32();
                }
                if (column + 1 < n) {
                    right += dy.get(row * n + column + 1).getFloat32();
                }
            }
        }
        shared[warp * COLUMNS + 2 * lane] = left;
        shared[warp * COLUMNS + 2 * lane + 1] = right;
        context.localBarrier();
        addWarps(context, shared, partials, (chunk * size.get(3) + id) * n, n);
    }

    private static int lastRow(int chunk, IntArray size) {
        int end = (chunk + 1) * size.get(2);
        return end < size.get(0) ? end : size.get(0);
    }

    /** partials[out + j] = the sum of the warps' numbers, for the block's columns j. */
    private static void addWarps(KernelContext context, float[] shared, FloatArray partials, int out, int n) {
        int t = context.localIdx;
        int column = context.groupIdx * COLUMNS + t;
        if (t < COLUMNS && column < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + t];
            }
            partials.set(out + column, sum);
        }
    }

    /**
     * The second step: the sums over the chunks go to one tensor and, from column {@code split} on, to another.
     *
     * @param size {chunks, n, split, 1 to add to the first tensor, 1 to add to the second}
     */
    public static void sumChunks(KernelContext context, FloatArray partials, FloatArray first, FloatArray second, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(FINAL_COLUMNS * FINAL_GROUPS);
        int chunks = size.get(0);
        int n = size.get(1);
        int t = context.localIdx;
        int column = context.groupIdx * FINAL_COLUMNS + t % FINAL_COLUMNS;
        float sum = 0f;
        if (column < n) {
            for (int c = t / FINAL_COLUMNS; c < chunks; c += FINAL_GROUPS) {
                sum += partials.get(c * n + column);
            }
        }
        shared[t] = sum;
        context.localBarrier();
        if (t < FINAL_COLUMNS && column < n) {
            float total = 0f;
            for (int g = 0; g < FINAL_GROUPS; g++) {
                total += shared[g * FINAL_COLUMNS + t];
            }
            int split = size.get(2);
            if (column < split) {
                first.set(column, size.get(3) != 0 ? first.get(column) + total : total);
            } else {
                int rest = column - split;
                second.set(rest, size.get(4) != 0 ? second.get(rest) + total : total);
            }
        }
    }
}
