// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The epilogue of products: what turns sums in F32 scratch c to the result. A tensor core's sums can leave registers no other way than by such
 * scratch. A block that has whole sums reads its tile back, which has hardly left the cache; sums in parts of k wait for a kernel of their own.
 *
 * <p>A tensor core's 16x8 results scatter over 8 rows with each store if scratch is row-major. So scratch of large tiles lies tile by tile, in a tile
 * by half of its columns, then by half of its rows, then by 16 rows, then by 8 columns: each 16x8 result takes 128 floats in a row, and a store
 * touches 2 cache lines in place of 8. Among 4 neighbouring rows of a result, row r of the j-th 8 columns lies at r ^ j % 4, so that reading a row
 * meets different banks.
 *
 * <p>Of F16 products, each kernel here has two neighbouring elements to a thread, a row along y, a batch entry along z.
 */
final class MatmulGridEpilogue {
    /** No epilogue: the result stays in c. */
    static final int NONE = 0;
    /** dst = c, or dst += c. */
    static final int CAST = 1;
    /** dst = c + bias, or GELU of that; bias [n]. */
    static final int BIAS = 2;
    /** dst = c + bias, activated = GELU(dst); bias [n]. */
    static final int BIAS_GELU = 3;
    /** The result stays in c, in the order of scratch, for the kernels here. */
    static final int PARTS = 4;

    private MatmulGridEpilogue() {
    }

    /** Where a warp's part of a tile of 128x128 starts in a product's scratch. */
    static int scratch(int tileColumn, int tileRow, int ldc, int thread) {
        return (tileRow * (ldc >> 7) + tileColumn) * 16_384 + (thread >> 5 & 1) * 8_192 + (thread >> 6) * 4_096;
    }

    /** Where an element lies in a product's scratch in the order of large tiles. */
    static int at(int row, int column, int ldc) {
        int tile = (row >> 7) * (ldc >> 7) + (column >> 7);
        int block = (column >> 6 & 1) * 64 + (row >> 4 & 7) * 8 + (column >> 3 & 7);
        return tile * 16_384 + block * 128 + (row & 8) * 8 + ((row & 7) ^ (column >> 3 & 3)) * 8 + (column & 7);
    }

    /** How much further a lane's elements of the j-th 8 columns lie than {@code mmaStore} thinks. */
    static int swizzle(int lane, int j) {
        int row = lane >> 2;
        return ((row ^ j) - row) * 8;
    }

    /**
     * Where in a product's scratch a thread of 128 finds its first element of a tile of 128x128, at column {@code thread % 64 * 2} of row
     * {@code thread / 64}. Rows 4 further on lie at + 32, rows 16 further on at + 1024, and the row 2 further on by {@link #second}.
     */
    static int first(int tileColumn, int tileRow, int ldc, int thread) {
        int column = (thread & 63) * 2;
        int slot = thread >> 6 ^ column >> 3 & 3;
        return (tileRow * (ldc >> 7) + tileColumn) * 16_384 + (column >> 6) * 8_192 + (column >> 3 & 7) * 128 + (column & 7) + slot * 8;
    }

    /** From {@link #first} to the element 2 rows further on. */
    static int second(int thread) {
        int slot = thread >> 6 ^ thread >> 2 & 3;
        return ((slot ^ 2) - slot) * 8;
    }

    /** 0 without a bias. */
    static float biasAt(HalfFloatArray bias, int column, int kind) {
        float value = 0f;
        if (kind != CAST) {
            value = bias.get(column).getFloat32();
        }
        return value;
    }

    /**
     * Stores an element and its neighbour, {@code next} further on, where they are inside.
     *
     * @param kind {@link #CAST}, {@link #BIAS} or {@link #BIAS_GELU}
     * @param flag whether to add to what dst holds, or to apply GELU, by kind
     */
    static void put(HalfFloatArray dst, HalfFloatArray activated, int at, boolean inside, int next, float first, float second, int kind, int flag) {
        if (inside) {
            float x = first;
            float y = second;
            if (kind == CAST && flag != 0) {
                x += dst.get(at).getFloat32();
                y += dst.get(at + next).getFloat32();
            }
            if (kind == BIAS && flag != 0) {
                x = Gelu.value(x);
                y = Gelu.value(y);
            }
            store(dst, at, next, x, y);
            if (kind == BIAS_GELU) {
                store(activated, at, next, Gelu.value(x), Gelu.value(y));
            }
        }
    }

    private static void store(HalfFloatArray array, int at, int next, float first, float second) {
        HalfFloat firstHalf = new HalfFloat(first);
        HalfFloat secondHalf = new HalfFloat(second);
        array.set(at, firstHalf);
        array.set(at + next, secondHalf);
    }

    /** Where an element lies in scratch in either order. */
    static int from(int row, int column, IntArray layout) {
        return layout.get(Layout.TILED) != 0 ? at(row, column, layout.get(Layout.LDC)) : row * layout.get(Layout.LDC) + column;
    }

    /** dst [batch, m, n] = the sum of c's parts; or that is added to dst. */
    static void cast(KernelContext context, FloatArray c, @AlsoHalf FloatArray dst, IntArray layout) {
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int toPart = layout.get(Layout.C_PART);
        int parts = layout.get(Layout.PARTS);
        int column = context.globalIdx * 2;
        if (column < n) {
            // A last column without a neighbour is computed twice. Both are read before either is written: it saves a wait.
            int next = Math.min(column + 1, n - 1) - column;
            for (int row = context.groupIdy; row < m; row += layout.get(Layout.BLOCKS_Y)) {
                int from = context.groupIdz * layout.get(Layout.C_OUTER) + from(row, column, layout);
                int to = (context.groupIdz * m + row) * n + column;
                float first = c.get(from);
                float second = c.get(from + next);
                for (int part = 1; part < parts; part++) {
                    first += c.get(from + part * toPart);
                    second += c.get(from + next + part * toPart);
                }
                if (layout.get(Layout.ACCUMULATE) != 0) {
                    first += dst.get(to);
                    second += dst.get(to + next);
                }
                dst.set(to, first);
                dst.set(to + next, second);
            }
        }
    }

    /** dst [batch, m, n] = the sum of c's parts + bias [n], or GELU of that. */
    static void bias(KernelContext context, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, IntArray layout) {
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int toPart = layout.get(Layout.C_PART);
        int parts = layout.get(Layout.PARTS);
        int column = context.globalIdx * 2;
        if (column < n) {
            // A last column without a neighbour is computed twice. Both are read before either is written: it saves a wait.
            int next = Math.min(column + 1, n - 1) - column;
            float firstBias = bias.get(column).getFloat32();
            float secondBias = bias.get(column + next).getFloat32();
            for (int row = context.groupIdy; row < m; row += layout.get(Layout.BLOCKS_Y)) {
                int from = context.groupIdz * layout.get(Layout.C_OUTER) + from(row, column, layout);
                int to = (context.groupIdz * m + row) * n + column;
                float first = c.get(from);
                float second = c.get(from + next);
                for (int part = 1; part < parts; part++) {
                    first += c.get(from + part * toPart);
                    second += c.get(from + next + part * toPart);
                }
                first += firstBias;
                second += secondBias;
                if (layout.get(Layout.GELU) != 0) {
                    first = Gelu.value(first);
                    second = Gelu.value(second);
                }
                store(dst, to, next, first, second);
            }
        }
    }

    /** dst [batch, m, n] = the sum of c's parts + bias [n], and activated = GELU(dst). */
    static void biasGelu(KernelContext context, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, HalfFloatArray activated, IntArray layout) {
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int toPart = layout.get(Layout.C_PART);
        int parts = layout.get(Layout.PARTS);
        int column = context.globalIdx * 2;
        if (column < n) {
            // A last column without a neighbour is computed twice. Both are read before either is written: it saves a wait.
            int next = Math.min(column + 1, n - 1) - column;
            float firstBias = bias.get(column).getFloat32();
            float secondBias = bias.get(column + next).getFloat32();
            for (int row = context.groupIdy; row < m; row += layout.get(Layout.BLOCKS_Y)) {
                int from = context.groupIdz * layout.get(Layout.C_OUTER) + from(row, column, layout);
                int to = (context.groupIdz * m + row) * n + column;
                float first = c.get(from);
                float second = c.get(from + next);
                for (int part = 1; part < parts; part++) {
                    first += c.get(from + part * toPart);
                    second += c.get(from + next + part * toPart);
                }
                first += firstBias;
                second += secondBias;
                store(dst, to, next, first, second);
                store(activated, to, next, Gelu.value(first), Gelu.value(second));
            }
        }
    }

    /** c = the sum of its parts in order, F32, with a bias and what c held where they are wanted; a thread to an element. */
    static void sumParts(KernelContext context, FloatArray parts, FloatArray bias, FloatArray c, IntArray layout) {
        int e = context.globalIdx;
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int total = layout.get(Layout.C_PART);
        if (e < total) {
            int row = e / n;
            int column = e - row * n;
            int entry = row / m;
            int outer = entry / layout.get(Layout.INNER);
            int inner = entry - outer * layout.get(Layout.INNER);
            int to = outer * layout.get(Layout.C_OUTER) + inner * layout.get(Layout.C_INNER) + (row - entry * m) * layout.get(Layout.LDC) + column;
            float sum = 0f;
            for (int s = 0; s < layout.get(Layout.PARTS); s++) {
                sum += parts.get(s * total + e);
            }
            if (layout.get(Layout.BIAS) != 0) {
                sum += bias.get(column);
            }
            if (layout.get(Layout.ACCUMULATE) != 0) {
                sum += c.get(to);
            }
            c.set(to, sum);
        }
    }
}
