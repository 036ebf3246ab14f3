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
    static final int WARP = 32;
    static final int WARPS = 8;
    static final int THREADS = WARPS * WARP;
    static final int COLUMNS = 2 * WARP;
    /** Columns to a block of the second step, and threads to each of them. */
    static final int FINAL_COLUMNS = 32;
    static final int FINAL_GROUPS = 16;
    /** Sums to a launch of the second step, and numbers in its layout for each. */
    static final int JOBS = 6;
    static final int NUMBERS = 8;

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
        int own = context.groupIdx * COLUMNS + context.localIdx;
        if (context.localIdx < COLUMNS && own < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + context.localIdx];
            }
            partials.set(chunk * n + own, sum);
        }
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
        int own = context.groupIdx * COLUMNS + context.localIdx;
        if (context.localIdx < COLUMNS && own < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + context.localIdx];
            }
            partials.set((chunk * size.get(3) + id) * n + own, sum);
        }
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
        int own = context.groupIdx * COLUMNS + context.localIdx;
        if (context.localIdx < COLUMNS && own < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + context.localIdx];
            }
            partials.set(chunk * n + own, sum);
        }
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
        int own = context.groupIdx * COLUMNS + context.localIdx;
        if (context.localIdx < COLUMNS && own < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + context.localIdx];
            }
            partials.set((chunk * size.get(3) + id) * n + own, sum);
        }
    }

    static int lastRow(int chunk, IntArray size) {
        int end = (chunk + 1) * size.get(2);
        return end < size.get(0) ? end : size.get(0);
    }

    /**
     * The second step, for up to {@link #JOBS} sums at once: partials p over chunks; the sums go to tensor a and, from column split on, to tensor b.
     *
     * @param layout for each sum {its first block, chunks, numbers from a chunk to the next, the first number, n, split, 1 to add to a, 1 to add to b};
     *               for sums that are not there, a first block beyond all
     */
    public static void sumChunks(KernelContext context, IntArray layout, FloatArray p0, FloatArray a0, FloatArray b0, FloatArray p1, FloatArray a1,
            FloatArray b1, FloatArray p2, FloatArray a2, FloatArray b2, FloatArray p3, FloatArray a3, FloatArray b3, FloatArray p4, FloatArray a4,
            FloatArray b4, FloatArray p5, FloatArray a5, FloatArray b5) {
        float[] shared = context.allocateFloatLocalArray(FINAL_COLUMNS * FINAL_GROUPS);
        int block = context.groupIdx;
        int job = 0;
        for (int i = 1; i < JOBS; i++) {
            job = block >= layout.get(i * NUMBERS) ? i : job;
        }
        int at = job * NUMBERS;
        int t = context.localIdx;
        int column = (block - layout.get(at)) * FINAL_COLUMNS + t % FINAL_COLUMNS;
        int group = t / FINAL_COLUMNS;
        int n = layout.get(at + 4);
        int chunks = column < n ? layout.get(at + 1) : 0;
        int stride = layout.get(at + 2);
        int first = layout.get(at + 3) + column;
        float sum = 0f;
        if (job == 0) {
            sum = overChunks(p0, group, chunks, stride, first);
        } else if (job == 1) {
            sum = overChunks(p1, group, chunks, stride, first);
        } else if (job == 2) {
            sum = overChunks(p2, group, chunks, stride, first);
        } else if (job == 3) {
            sum = overChunks(p3, group, chunks, stride, first);
        } else if (job == 4) {
            sum = overChunks(p4, group, chunks, stride, first);
        } else {
            sum = overChunks(p5, group, chunks, stride, first);
        }
        shared[t] = sum;
        context.localBarrier();
        if (group == 0 && column < n) {
            float total = 0f;
            for (int g = 0; g < FINAL_GROUPS; g++) {
                total += shared[g * FINAL_COLUMNS + t];
            }
            int split = layout.get(at + 5);
            int add = column < split ? layout.get(at + 6) : layout.get(at + 7);
            if (job == 0) {
                store(a0, b0, column, split, add, total);
            } else if (job == 1) {
                store(a1, b1, column, split, add, total);
            } else if (job == 2) {
                store(a2, b2, column, split, add, total);
            } else if (job == 3) {
                store(a3, b3, column, split, add, total);
            } else if (job == 4) {
                store(a4, b4, column, split, add, total);
            } else {
                store(a5, b5, column, split, add, total);
            }
        }
    }

    private static float overChunks(FloatArray partials, int group, int chunks, int stride, int first) {
        float sum = 0f;
        for (int c = group; c < chunks; c += FINAL_GROUPS) {
            sum += partials.get(c * stride + first);
        }
        return sum;
    }

    private static void store(FloatArray a, FloatArray b, int column, int split, int add, float total) {
        if (column < split) {
            a.set(column, add != 0 ? a.get(column) + total : total);
        } else {
            int rest = column - split;
            b.set(rest, add != 0 ? b.get(rest) + total : total);
        }
    }
}
