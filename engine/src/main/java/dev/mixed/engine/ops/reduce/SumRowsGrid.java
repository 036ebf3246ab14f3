// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.reduce;

import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Sums over the rows of a matrix, column by column, in two steps with a fixed order: over chunks of rows, and over the chunks.
 *
 * <p>size = {rows, n, rows to a chunk, ids}; partials [chunks, n]. A block takes {@link #COLUMNS} columns, two neighbours to a lane, and each of its
 * warps every {@link #WARPS}-th row.
 */
public final class SumRowsGrid {
    public static final int WARP = 32;
    public static final int WARPS = 8;
    public static final int THREADS = WARPS * WARP;
    public static final int COLUMNS = 2 * WARP;
    /** Columns to a block of the second step, and threads to each of them. */
    public static final int FINAL_COLUMNS = 32;
    public static final int FINAL_GROUPS = 16;
    /** Sums to a launch of the second step, and numbers in its layout for each. */
    public static final int SUMS = 9;
    public static final int NUMBERS = 6;

    /** Places of the numbers in {@code size}. */
    public static final int ROWS = 0;
    public static final int N = 1;
    public static final int CHUNK_ROWS = 2;
    public static final int IDS = 3;

    /** Places of the numbers in {@code layout}, from a sum's first one on. */
    static final int FIRST_BLOCK = 0;
    static final int CHUNKS = 1;
    static final int STRIDE = 2;
    static final int OFFSET = 3;
    static final int LENGTH = 4;
    static final int ADD = 5;

    private SumRowsGrid() {
    }

    /** Sums over a chunk of rows; {@code blockIdy} tells which. */
    public static void sumRows(KernelContext context, @AlsoHalf FloatArray dy, FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(N);
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        if (column + 1 < n) {
            for (int row = chunk * size.get(CHUNK_ROWS) + warp; row < end; row += WARPS) {
                left += dy.get(row * n + column);
                right += dy.get(row * n + column + 1);
            }
        } else if (column < n) {
            for (int row = chunk * size.get(CHUNK_ROWS) + warp; row < end; row += WARPS) {
                left += dy.get(row * n + column);
            }
        }
        shared[warp * COLUMNS + 2 * lane] = left;
        shared[warp * COLUMNS + 2 * lane + 1] = right;
        context.localBarrier();
        int t = context.localIdx;
        int mine = context.groupIdx * COLUMNS + t;
        if (t < COLUMNS && mine < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + t];
            }
            partials.set(chunk * n + mine, sum);
        }
    }

    /** Sums, over a chunk of rows, of the rows whose id is {@code blockIdz}: partials [chunks, ids, n]. */
    public static void sumRowsById(KernelContext context, @AlsoHalf FloatArray dy, IntArray ids, FloatArray partials, IntArray size) {
        float[] shared = context.allocateFloatLocalArray(WARPS * COLUMNS);
        int n = size.get(N);
        int id = context.groupIdz;
        int warp = context.localIdx / WARP;
        int lane = context.localIdx % WARP;
        int column = context.groupIdx * COLUMNS + 2 * lane;
        int chunk = context.groupIdy;
        int end = lastRow(chunk, size);
        float left = 0f;
        float right = 0f;
        for (int row = chunk * size.get(CHUNK_ROWS) + warp; row < end; row += WARPS) {
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
        int t = context.localIdx;
        int mine = context.groupIdx * COLUMNS + t;
        if (t < COLUMNS && mine < n) {
            float sum = 0f;
            for (int w = 0; w < WARPS; w++) {
                sum += shared[w * COLUMNS + t];
            }
            partials.set((chunk * size.get(IDS) + id) * n + mine, sum);
        }
    }

    public static int lastRow(int chunk, IntArray size) {
        int end = (chunk + 1) * size.get(CHUNK_ROWS);
        return end < size.get(ROWS) ? end : size.get(ROWS);
    }

    /**
     * The second step, for up to {@link #SUMS} sums at once: y = the sum of partials p over chunks.
     *
     * @param layout for each sum {its first block, chunks, numbers from a chunk to the next, the first number, n, 1 to add to y}; for sums that are not
     *               there, a first block beyond all
     */
    public static void sumChunks(KernelContext context, IntArray layout, FloatArray p0, FloatArray y0, FloatArray p1, FloatArray y1, FloatArray p2,
            FloatArray y2, FloatArray p3, FloatArray y3, FloatArray p4, FloatArray y4, FloatArray p5, FloatArray y5, FloatArray p6, FloatArray y6,
            FloatArray p7, FloatArray y7, FloatArray p8, FloatArray y8) {
        float[] shared = context.allocateFloatLocalArray(FINAL_COLUMNS * FINAL_GROUPS);
        int block = context.groupIdx;
        int sum = 0;
        for (int i = 1; i < SUMS; i++) {
            sum = block >= layout.get(i * NUMBERS + FIRST_BLOCK) ? i : sum;
        }
        int at = sum * NUMBERS;
        int t = context.localIdx;
        int column = (block - layout.get(at + FIRST_BLOCK)) * FINAL_COLUMNS + t % FINAL_COLUMNS;
        int group = t / FINAL_COLUMNS;
        int n = layout.get(at + LENGTH);
        int chunks = column < n ? layout.get(at + CHUNKS) : 0;
        int stride = layout.get(at + STRIDE);
        int first = layout.get(at + OFFSET) + column;
        float part = 0f;
        // No else-ifs: Graal makes a switch of them, and TornadoVM 5.2 (cuda) overwrites what the cases of a switch assign if a loop computes it.
        if (sum == 0) {
            part = overChunks(p0, group, chunks, stride, first);
        }
        if (sum == 1) {
            part = overChunks(p1, group, chunks, stride, first);
        }
        if (sum == 2) {
            part = overChunks(p2, group, chunks, stride, first);
        }
        if (sum == 3) {
            part = overChunks(p3, group, chunks, stride, first);
        }
        if (sum == 4) {
            part = overChunks(p4, group, chunks, stride, first);
        }
        if (sum == 5) {
            part = overChunks(p5, group, chunks, stride, first);
        }
        if (sum == 6) {
            part = overChunks(p6, group, chunks, stride, first);
        }
        if (sum == 7) {
            part = overChunks(p7, group, chunks, stride, first);
        }
        if (sum == 8) {
            part = overChunks(p8, group, chunks, stride, first);
        }
        shared[t] = part;
        context.localBarrier();
        if (group == 0 && column < n) {
            float total = 0f;
            for (int g = 0; g < FINAL_GROUPS; g++) {
                total += shared[g * FINAL_COLUMNS + t];
            }
            int add = layout.get(at + ADD);
            if (sum == 0) {
                store(y0, column, add, total);
            } else if (sum == 1) {
                store(y1, column, add, total);
            } else if (sum == 2) {
                store(y2, column, add, total);
            } else if (sum == 3) {
                store(y3, column, add, total);
            } else if (sum == 4) {
                store(y4, column, add, total);
            } else if (sum == 5) {
                store(y5, column, add, total);
            } else if (sum == 6) {
                store(y6, column, add, total);
            } else if (sum == 7) {
                store(y7, column, add, total);
            } else {
                store(y8, column, add, total);
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

    private static void store(FloatArray y, int column, int add, float total) {
        float before = y.get(column);
        y.set(column, add != 0 ? before + total : total);
    }
}
