// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Matrix products on a GPU's ordinary cores. Of F32 operands a block computes a square tile of c, a thread 8 x 8 of its results in registers.
 *
 * <p>Per step of the depth a block copies a strip of each operand into local memory, depth by tile; the next strip is on its way from global
 * memory meanwhile. A thread's rows and columns lie {@code tile / 8} apart, so that neighbouring threads read neighbouring words of local
 * memory and store neighbouring words of c. Rows and columns past the matrix are computed from its last ones and not stored.
 *
 * <p>All kernels find their sizes in {@code layout}, as {@link Layout} writes it.
 */
final class MatmulGrid {
    /** Results per thread along each side of the tile. */
    static final int PER_THREAD = 8;
    /** Side of the large tile, depth of its strips, and words from one of their rows to the next, by which transposing stores miss each other's banks. */
    static final int LARGE = 128;
    static final int LARGE_DEPTH = 16;
    static final int LARGE_PITCH = 130;
    /** The same of the small tile. */
    static final int SMALL = 64;
    static final int SMALL_DEPTH = 8;
    static final int SMALL_PITCH = 68;
    /** Warps to a block of {@link #plain}. */
    static final int PLAIN_WARPS = 4;

    private MatmulGrid() {
    }

    /**
     * A block of (tile / 8)^2 threads for each tile, row of tiles by row of tiles, and then for each part of the depth and batch entry.
     *
     * @param transA not 0: a is stored as [k, m]; transB: b is stored as [n, k]
     * @param tile   side of a tile; depth: of a strip, a divisor of tile and (tile / 8)^2; pitch: words from row to row of a strip, at least tile
     */
    static void product(KernelContext context, FloatArray a, FloatArray b, FloatArray bias, FloatArray c, IntArray layout, int transA, int transB,
            int tile, int depth, int pitch) {
        float[] left = context.allocateFloatLocalArray(2 * depth * pitch);
        float[] right = context.allocateFloatLocalArray(2 * depth * pitch);
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int lda = layout.get(Layout.LDA);
        int ldb = layout.get(Layout.LDB);
        int across = (n + tile - 1) / tile;
        int down = (m + tile - 1) / tile;
        int parts = layout.get(Layout.PARTS);
        int tiles = across * down;
        int z = context.groupIdx / tiles;
        int index = context.groupIdx - z * tiles;
        int row0 = index / across * tile;
        int column0 = (index - index / across * across) * tile;
        int entry = z / parts;
        int part = z - entry * parts;
        int outer = entry / layout.get(Layout.INNER);
        int inner = entry - outer * layout.get(Layout.INNER);
        int aAt = outer * layout.get(Layout.A_OUTER) + inner * layout.get(Layout.A_INNER);
        int bAt = outer * layout.get(Layout.B_OUTER) + inner * layout.get(Layout.B_INNER);
        int from = part * layout.get(Layout.PART_DEPTH);
        int end = Math.min(layout.get(Layout.K), from + layout.get(Layout.PART_DEPTH));

        int thread = context.localIdx;
        int side = tile / PER_THREAD;
        int tx = thread % side;
        int ty = thread / side;
        // Each thread copies 8 elements of either strip, neighbouring threads neighbouring ones of global memory.
        int aRow = transA != 0 ? thread % tile : thread / depth;
        int aDepth = transA != 0 ? thread / tile : thread % depth;
        int aRowStep = transA != 0 ? 0 : side * side / depth;
        int aDepthStep = transA != 0 ? side * side / tile : 0;
        int bColumn = transB != 0 ? thread / depth : thread % tile;
        int bDepth = transB != 0 ? thread % depth : thread / tile;
        int bColumnStep = transB != 0 ? side * side / depth : 0;
        int bDepthStep = transB != 0 ? 0 : side * side / tile;
        int aTo = aDepth * pitch + aRow;
        int aToStep = aDepthStep * pitch + aRowStep;
        int bTo = bDepth * pitch + bColumn;
        int bToStep = bDepthStep * pitch + bColumnStep;

        float c00 = 0f, c01 = 0f, c02 = 0f, c03 = 0f, c04 = 0f, c05 = 0f, c06 = 0f, c07 = 0f;
        float c10 = 0f, c11 = 0f, c12 = 0f, c13 = 0f, c14 = 0f, c15 = 0f, c16 = 0f, c17 = 0f;
        float c20 = 0f, c21 = 0f, c22 = 0f, c23 = 0f, c24 = 0f, c25 = 0f, c26 = 0f, c27 = 0f;
        float c30 = 0f, c31 = 0f, c32 = 0f, c33 = 0f, c34 = 0f, c35 = 0f, c36 = 0f, c37 = 0f;
        float c40 = 0f, c41 = 0f, c42 = 0f, c43 = 0f, c44 = 0f, c45 = 0f, c46 = 0f, c47 = 0f;
        float c50 = 0f, c51 = 0f, c52 = 0f, c53 = 0f, c54 = 0f, c55 = 0f, c56 = 0f, c57 = 0f;
        float c60 = 0f, c61 = 0f, c62 = 0f, c63 = 0f, c64 = 0f, c65 = 0f, c66 = 0f, c67 = 0f;
        float c70 = 0f, c71 = 0f, c72 = 0f, c73 = 0f, c74 = 0f, c75 = 0f, c76 = 0f, c77 = 0f;
        int bTurned = transB != 0 ? 0 : 1;
        float u0 = load(a, aAt, lda, transA, row0 + aRow, m, from + aDepth, end);
        float u1 = load(a, aAt, lda, transA, row0 + aRow + aRowStep, m, from + aDepth + aDepthStep, end);
        float u2 = load(a, aAt, lda, transA, row0 + aRow + 2 * aRowStep, m, from + aDepth + 2 * aDepthStep, end);
        float u3 = load(a, aAt, lda, transA, row0 + aRow + 3 * aRowStep, m, from + aDepth + 3 * aDepthStep, end);
        float u4 = load(a, aAt, lda, transA, row0 + aRow + 4 * aRowStep, m, from + aDepth + 4 * aDepthStep, end);
        float u5 = load(a, aAt, lda, transA, row0 + aRow + 5 * aRowStep, m, from + aDepth + 5 * aDepthStep, end);
        float u6 = load(a, aAt, lda, transA, row0 + aRow + 6 * aRowStep, m, from + aDepth + 6 * aDepthStep, end);
        float u7 = load(a, aAt, lda, transA, row0 + aRow + 7 * aRowStep, m, from + aDepth + 7 * aDepthStep, end);
        float w0 = load(b, bAt, ldb, bTurned, column0 + bColumn, n, from + bDepth, end);
        float w1 = load(b, bAt, ldb, bTurned, column0 + bColumn + bColumnStep, n, from + bDepth + bDepthStep, end);
        float w2 = load(b, bAt, ldb, bTurned, column0 + bColumn + 2 * bColumnStep, n, from + bDepth + 2 * bDepthStep, end);
        float w3 = load(b, bAt, ldb, bTurned, column0 + bColumn + 3 * bColumnStep, n, from + bDepth + 3 * bDepthStep, end);
        float w4 = load(b, bAt, ldb, bTurned, column0 + bColumn + 4 * bColumnStep, n, from + bDepth + 4 * bDepthStep, end);
        float w5 = load(b, bAt, ldb, bTurned, column0 + bColumn + 5 * bColumnStep, n, from + bDepth + 5 * bDepthStep, end);
        float w6 = load(b, bAt, ldb, bTurned, column0 + bColumn + 6 * bColumnStep, n, from + bDepth + 6 * bDepthStep, end);
        float w7 = load(b, bAt, ldb, bTurned, column0 + bColumn + 7 * bColumnStep, n, from + bDepth + 7 * bDepthStep, end);
        left[aTo] = from + aDepth < end ? u0 : 0f;
        left[aTo + aToStep] = from + aDepth + aDepthStep < end ? u1 : 0f;
        left[aTo + 2 * aToStep] = from + aDepth + 2 * aDepthStep < end ? u2 : 0f;
        left[aTo + 3 * aToStep] = from + aDepth + 3 * aDepthStep < end ? u3 : 0f;
        left[aTo + 4 * aToStep] = from + aDepth + 4 * aDepthStep < end ? u4 : 0f;
        left[aTo + 5 * aToStep] = from + aDepth + 5 * aDepthStep < end ? u5 : 0f;
        left[aTo + 6 * aToStep] = from + aDepth + 6 * aDepthStep < end ? u6 : 0f;
        left[aTo + 7 * aToStep] = from + aDepth + 7 * aDepthStep < end ? u7 : 0f;
        right[bTo] = from + bDepth < end ? w0 : 0f;
        right[bTo + bToStep] = from + bDepth + bDepthStep < end ? w1 : 0f;
        right[bTo + 2 * bToStep] = from + bDepth + 2 * bDepthStep < end ? w2 : 0f;
        right[bTo + 3 * bToStep] = from + bDepth + 3 * bDepthStep < end ? w3 : 0f;
        right[bTo + 4 * bToStep] = from + bDepth + 4 * bDepthStep < end ? w4 : 0f;
        right[bTo + 5 * bToStep] = from + bDepth + 5 * bDepthStep < end ? w5 : 0f;
        right[bTo + 6 * bToStep] = from + bDepth + 6 * bDepthStep < end ? w6 : 0f;
        right[bTo + 7 * bToStep] = from + bDepth + 7 * bDepthStep < end ? w7 : 0f;
        context.localBarrier();
        int stage = 0;
        for (int start = from; start < end; start += depth) {
            int next = start + depth;
            if (next < end) {
                u0 = load(a, aAt, lda, transA, row0 + aRow, m, next + aDepth, end);
                u1 = load(a, aAt, lda, transA, row0 + aRow + aRowStep, m, next + aDepth + aDepthStep, end);
                u2 = load(a, aAt, lda, transA, row0 + aRow + 2 * aRowStep, m, next + aDepth + 2 * aDepthStep, end);
                u3 = load(a, aAt, lda, transA, row0 + aRow + 3 * aRowStep, m, next + aDepth + 3 * aDepthStep, end);
                u4 = load(a, aAt, lda, transA, row0 + aRow + 4 * aRowStep, m, next + aDepth + 4 * aDepthStep, end);
                u5 = load(a, aAt, lda, transA, row0 + aRow + 5 * aRowStep, m, next + aDepth + 5 * aDepthStep, end);
                u6 = load(a, aAt, lda, transA, row0 + aRow + 6 * aRowStep, m, next + aDepth + 6 * aDepthStep, end);
                u7 = load(a, aAt, lda, transA, row0 + aRow + 7 * aRowStep, m, next + aDepth + 7 * aDepthStep, end);
                w0 = load(b, bAt, ldb, bTurned, column0 + bColumn, n, next + bDepth, end);
                w1 = load(b, bAt, ldb, bTurned, column0 + bColumn + bColumnStep, n, next + bDepth + bDepthStep, end);
                w2 = load(b, bAt, ldb, bTurned, column0 + bColumn + 2 * bColumnStep, n, next + bDepth + 2 * bDepthStep, end);
                w3 = load(b, bAt, ldb, bTurned, column0 + bColumn + 3 * bColumnStep, n, next + bDepth + 3 * bDepthStep, end);
                w4 = load(b, bAt, ldb, bTurned, column0 + bColumn + 4 * bColumnStep, n, next + bDepth + 4 * bDepthStep, end);
                w5 = load(b, bAt, ldb, bTurned, column0 + bColumn + 5 * bColumnStep, n, next + bDepth + 5 * bDepthStep, end);
                w6 = load(b, bAt, ldb, bTurned, column0 + bColumn + 6 * bColumnStep, n, next + bDepth + 6 * bDepthStep, end);
                w7 = load(b, bAt, ldb, bTurned, column0 + bColumn + 7 * bColumnStep, n, next + bDepth + 7 * bDepthStep, end);
            }
            for (int d = 0; d < depth; d++) {
                int x = stage + d * pitch + ty;
                int y = stage + d * pitch + tx;
                float x0 = left[x], x1 = left[x + side], x2 = left[x + 2 * side], x3 = left[x + 3 * side];
                float x4 = left[x + 4 * side], x5 = left[x + 5 * side], x6 = left[x + 6 * side], x7 = left[x + 7 * side];
                float y0 = right[y], y1 = right[y + side], y2 = right[y + 2 * side], y3 = right[y + 3 * side];
                float y4 = right[y + 4 * side], y5 = right[y + 5 * side], y6 = right[y + 6 * side], y7 = right[y + 7 * side];
                c00 += x0 * y0;
                c01 += x0 * y1;
                c02 += x0 * y2;
                c03 += x0 * y3;
                c04 += x0 * y4;
                c05 += x0 * y5;
                c06 += x0 * y6;
                c07 += x0 * y7;
                c10 += x1 * y0;
                c11 += x1 * y1;
                c12 += x1 * y2;
                c13 += x1 * y3;
                c14 += x1 * y4;
                c15 += x1 * y5;
                c16 += x1 * y6;
                c17 += x1 * y7;
                c20 += x2 * y0;
                c21 += x2 * y1;
                c22 += x2 * y2;
                c23 += x2 * y3;
                c24 += x2 * y4;
                c25 += x2 * y5;
                c26 += x2 * y6;
                c27 += x2 * y7;
                c30 += x3 * y0;
                c31 += x3 * y1;
                c32 += x3 * y2;
                c33 += x3 * y3;
                c34 += x3 * y4;
                c35 += x3 * y5;
                c36 += x3 * y6;
                c37 += x3 * y7;
                c40 += x4 * y0;
                c41 += x4 * y1;
                c42 += x4 * y2;
                c43 += x4 * y3;
                c44 += x4 * y4;
                c45 += x4 * y5;
                c46 += x4 * y6;
                c47 += x4 * y7;
                c50 += x5 * y0;
                c51 += x5 * y1;
                c52 += x5 * y2;
                c53 += x5 * y3;
                c54 += x5 * y4;
                c55 += x5 * y5;
                c56 += x5 * y6;
                c57 += x5 * y7;
                c60 += x6 * y0;
                c61 += x6 * y1;
                c62 += x6 * y2;
                c63 += x6 * y3;
                c64 += x6 * y4;
                c65 += x6 * y5;
                c66 += x6 * y6;
                c67 += x6 * y7;
                c70 += x7 * y0;
                c71 += x7 * y1;
                c72 += x7 * y2;
                c73 += x7 * y3;
                c74 += x7 * y4;
                c75 += x7 * y5;
                c76 += x7 * y6;
                c77 += x7 * y7;
            }
            stage = depth * pitch - stage;
            if (next < end) {
                // Only here does anything wait for the loads: past the end of the depth they count as zero.
                left[stage + aTo] = next + aDepth < end ? u0 : 0f;
                left[stage + aTo + aToStep] = next + aDepth + aDepthStep < end ? u1 : 0f;
                left[stage + aTo + 2 * aToStep] = next + aDepth + 2 * aDepthStep < end ? u2 : 0f;
                left[stage + aTo + 3 * aToStep] = next + aDepth + 3 * aDepthStep < end ? u3 : 0f;
                left[stage + aTo + 4 * aToStep] = next + aDepth + 4 * aDepthStep < end ? u4 : 0f;
                left[stage + aTo + 5 * aToStep] = next + aDepth + 5 * aDepthStep < end ? u5 : 0f;
                left[stage + aTo + 6 * aToStep] = next + aDepth + 6 * aDepthStep < end ? u6 : 0f;
                left[stage + aTo + 7 * aToStep] = next + aDepth + 7 * aDepthStep < end ? u7 : 0f;
                right[stage + bTo] = next + bDepth < end ? w0 : 0f;
                right[stage + bTo + bToStep] = next + bDepth + bDepthStep < end ? w1 : 0f;
                right[stage + bTo + 2 * bToStep] = next + bDepth + 2 * bDepthStep < end ? w2 : 0f;
                right[stage + bTo + 3 * bToStep] = next + bDepth + 3 * bDepthStep < end ? w3 : 0f;
                right[stage + bTo + 4 * bToStep] = next + bDepth + 4 * bDepthStep < end ? w4 : 0f;
                right[stage + bTo + 5 * bToStep] = next + bDepth + 5 * bDepthStep < end ? w5 : 0f;
                right[stage + bTo + 6 * bToStep] = next + bDepth + 6 * bDepthStep < end ? w6 : 0f;
                right[stage + bTo + 7 * bToStep] = next + bDepth + 7 * bDepthStep < end ? w7 : 0f;
            }
            context.localBarrier();
        }

        int cAt = outer * layout.get(Layout.C_OUTER) + inner * layout.get(Layout.C_INNER) + part * layout.get(Layout.C_PART);
        int ldc = layout.get(Layout.LDC);
        int column = column0 + tx;
        int accumulate = layout.get(Layout.ACCUMULATE);
        if (layout.get(Layout.BIAS) != 0) {
            float b0 = bias.get(Math.min(column + 0 * side, n - 1));
            float b1 = bias.get(Math.min(column + 1 * side, n - 1));
            float b2 = bias.get(Math.min(column + 2 * side, n - 1));
            float b3 = bias.get(Math.min(column + 3 * side, n - 1));
            float b4 = bias.get(Math.min(column + 4 * side, n - 1));
            float b5 = bias.get(Math.min(column + 5 * side, n - 1));
            float b6 = bias.get(Math.min(column + 6 * side, n - 1));
            float b7 = bias.get(Math.min(column + 7 * side, n - 1));
            c00 += b0;
            c01 += b1;
            c02 += b2;
            c03 += b3;
            c04 += b4;
            c05 += b5;
            c06 += b6;
            c07 += b7;
            c10 += b0;
            c11 += b1;
            c12 += b2;
            c13 += b3;
            c14 += b4;
            c15 += b5;
            c16 += b6;
            c17 += b7;
            c20 += b0;
            c21 += b1;
            c22 += b2;
            c23 += b3;
            c24 += b4;
            c25 += b5;
            c26 += b6;
            c27 += b7;
            c30 += b0;
            c31 += b1;
            c32 += b2;
            c33 += b3;
            c34 += b4;
            c35 += b5;
            c36 += b6;
            c37 += b7;
            c40 += b0;
            c41 += b1;
            c42 += b2;
            c43 += b3;
            c44 += b4;
            c45 += b5;
            c46 += b6;
            c47 += b7;
            c50 += b0;
            c51 += b1;
            c52 += b2;
            c53 += b3;
            c54 += b4;
            c55 += b5;
            c56 += b6;
            c57 += b7;
            c60 += b0;
            c61 += b1;
            c62 += b2;
            c63 += b3;
            c64 += b4;
            c65 += b5;
            c66 += b6;
            c67 += b7;
            c70 += b0;
            c71 += b1;
            c72 += b2;
            c73 += b3;
            c74 += b4;
            c75 += b5;
            c76 += b6;
            c77 += b7;
        }
        store(c, cAt, ldc, row0 + ty + 0 * side, m, column, n, side, accumulate, c00, c01, c02, c03, c04, c05, c06, c07);
        store(c, cAt, ldc, row0 + ty + 1 * side, m, column, n, side, accumulate, c10, c11, c12, c13, c14, c15, c16, c17);
        store(c, cAt, ldc, row0 + ty + 2 * side, m, column, n, side, accumulate, c20, c21, c22, c23, c24, c25, c26, c27);
        store(c, cAt, ldc, row0 + ty + 3 * side, m, column, n, side, accumulate, c30, c31, c32, c33, c34, c35, c36, c37);
        store(c, cAt, ldc, row0 + ty + 4 * side, m, column, n, side, accumulate, c40, c41, c42, c43, c44, c45, c46, c47);
        store(c, cAt, ldc, row0 + ty + 5 * side, m, column, n, side, accumulate, c50, c51, c52, c53, c54, c55, c56, c57);
        store(c, cAt, ldc, row0 + ty + 6 * side, m, column, n, side, accumulate, c60, c61, c62, c63, c64, c65, c66, c67);
        store(c, cAt, ldc, row0 + ty + 7 * side, m, column, n, side, accumulate, c70, c71, c72, c73, c74, c75, c76, c77);
    }

    /** An element of a strip, stored [depth, row] if turned is not 0, otherwise [row, depth]; past the end, the last one. */
    private static float load(FloatArray array, int at, int ld, int turned, int row, int rows, int depth, int end) {
        int r = Math.min(row, rows - 1);
        int d = Math.min(depth, end - 1);
        return array.get(at + (turned != 0 ? d * ld + r : r * ld + d));
    }

    /** A thread's results in one row. */
    private static void store(FloatArray c, int at, int ldc, int row, int m, int column, int n, int side, int accumulate,
            float v0, float v1, float v2, float v3, float v4, float v5, float v6, float v7) {
        if (row < m) {
            int to = at + row * ldc;
            store(c, to, column, n, accumulate, v0);
            store(c, to, column + 1 * side, n, accumulate, v1);
            store(c, to, column + 2 * side, n, accumulate, v2);
            store(c, to, column + 3 * side, n, accumulate, v3);
            store(c, to, column + 4 * side, n, accumulate, v4);
            store(c, to, column + 5 * side, n, accumulate, v5);
            store(c, to, column + 6 * side, n, accumulate, v6);
            store(c, to, column + 7 * side, n, accumulate, v7);
        }
    }

    private static void store(FloatArray c, int at, int column, int n, int accumulate, float value) {
        if (column < n) {
            c.set(at + column, accumulate != 0 ? c.get(at + column) + value : value);
        }
    }

    /** c = a b of F16 operands of any shape, a warp per result: for rows that tensor cores can't load, such as a classifier's. */
    static void plain(KernelContext context, HalfFloatArray a, HalfFloatArray b, FloatArray c, IntArray layout) {
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int k = layout.get(Layout.K);
        int lane = context.localIdx & 31;
        int result = context.groupIdx * PLAIN_WARPS + (context.localIdx >> 5);
        // Warps past the end repeat the last result, so that none is missing where lanes meet.
        int row = Math.min(result / n, m - 1);
        int column = result % n;
        int outer = context.groupIdz / layout.get(Layout.INNER);
        int inner = context.groupIdz - outer * layout.get(Layout.INNER);
        int aAt = outer * layout.get(Layout.A_OUTER) + inner * layout.get(Layout.A_INNER) + row * layout.get(Layout.A_ROW);
        int aStep = layout.get(Layout.A_COLUMN);
        int bAt = outer * layout.get(Layout.B_OUTER) + inner * layout.get(Layout.B_INNER) + column * layout.get(Layout.B_COLUMN);
        int bStep = layout.get(Layout.B_ROW);
        float part = 0f;
        for (int p = lane; p < k; p += 32) {
            part += a.get(aAt + p * aStep).getFloat32() * b.get(bAt + p * bStep).getFloat32();
        }
        float sum = context.simdSum(part);
        if (lane == 0 && result < m * n) {
            c.set(outer * layout.get(Layout.C_OUTER) + inner * layout.get(Layout.C_INNER) + row * layout.get(Layout.LDC) + column, sum);
        }
    }
}
