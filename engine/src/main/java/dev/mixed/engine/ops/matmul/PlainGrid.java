// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Products without intrinsics, for backends and releases of TornadoVM that take none: on a GPU's ordinary cores, of any sizes and layouts, right but
 * slow. A block computes a tile of 64x64, a thread 4x4 of its results, sixteen rows and columns apart.
 */
final class PlainGrid {
    /** Edge of a tile. */
    static final int EDGE = 64;
    /** Threads of a block. */
    static final int THREADS = 256;
    static final int DEPTH = 16;
    /** Floats from one depth to the next: neighbours in either direction meet no bank twice. */
    static final int PITCH = 65;

    private PlainGrid() {
    }

    /**
     * c = a b, or parts of it over the depth, in float. Blocks count tiles of a row, rows of tiles, parts, and entries of the batch.
     *
     * @param alongA not 0: a is stored [m, k], otherwise [k, m]; alongB: b is stored [n, k], otherwise [k, n]
     */
    static void plainProduct(KernelContext context, @AlsoHalf FloatArray a, @AlsoHalf FloatArray b, FloatArray c, IntArray layout, int alongA, int alongB) {
        float[] left = context.allocateFloatLocalArray(DEPTH * PITCH);
        float[] right = context.allocateFloatLocalArray(DEPTH * PITCH);
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int across = (n + EDGE - 1) / EDGE;
        int tiles = across * ((m + EDGE - 1) / EDGE);
        int z = context.groupIdx / tiles;
        int tile = context.groupIdx - z * tiles;
        int top = tile / across * EDGE;
        int side = (tile - tile / across * across) * EDGE;
        int entry = z / layout.get(Layout.PARTS);
        int part = z - entry * layout.get(Layout.PARTS);
        int outer = entry / layout.get(Layout.INNER);
        int inner = entry - outer * layout.get(Layout.INNER);
        int aAt = outer * layout.get(Layout.A_OUTER) + inner * layout.get(Layout.A_INNER);
        int bAt = outer * layout.get(Layout.B_OUTER) + inner * layout.get(Layout.B_INNER);
        int aRow = alongA != 0 ? layout.get(Layout.LDA) : 1;
        int aDeep = alongA != 0 ? 1 : layout.get(Layout.LDA);
        int bColumn = alongB != 0 ? layout.get(Layout.LDB) : 1;
        int bDeep = alongB != 0 ? 1 : layout.get(Layout.LDB);
        int end = Math.min(layout.get(Layout.K), (part + 1) * layout.get(Layout.PART_DEPTH));
        int thread = context.localIdx;
        int tx = thread % 16;
        int ty = thread / 16;
        float c00 = 0f, c01 = 0f, c02 = 0f, c03 = 0f;
        float c10 = 0f, c11 = 0f, c12 = 0f, c13 = 0f;
        float c20 = 0f, c21 = 0f, c22 = 0f, c23 = 0f;
        float c30 = 0f, c31 = 0f, c32 = 0f, c33 = 0f;
        for (int from = part * layout.get(Layout.PART_DEPTH); from < end; from += DEPTH) {
            for (int i = 0; i < EDGE * DEPTH / THREADS; i++) {
                // Neighbouring threads read neighbouring elements of memory.
                int x = thread + i * THREADS;
                int row = alongA != 0 ? x / DEPTH : x % EDGE;
                int aDepth = alongA != 0 ? x % DEPTH : x / EDGE;
                int column = alongB != 0 ? x / DEPTH : x % EDGE;
                int bDepth = alongB != 0 ? x % DEPTH : x / EDGE;
                left[aDepth * PITCH + row] = at(a, aAt, top + row, m, aRow, from + aDepth, end, aDeep);
                right[bDepth * PITCH + column] = at(b, bAt, side + column, n, bColumn, from + bDepth, end, bDeep);
            }
            context.localBarrier();
            for (int d = 0; d < DEPTH; d++) {
                int x = d * PITCH + ty;
                int y = d * PITCH + tx;
                float x0 = left[x], x1 = left[x + 16], x2 = left[x + 32], x3 = left[x + 48];
                float y0 = right[y], y1 = right[y + 16], y2 = right[y + 32], y3 = right[y + 48];
                c00 += x0 * y0;
                c01 += x0 * y1;
                c02 += x0 * y2;
                c03 += x0 * y3;
                c10 += x1 * y0;
                c11 += x1 * y1;
                c12 += x1 * y2;
                c13 += x1 * y3;
                c20 += x2 * y0;
                c21 += x2 * y1;
                c22 += x2 * y2;
                c23 += x2 * y3;
                c30 += x3 * y0;
                c31 += x3 * y1;
                c32 += x3 * y2;
                c33 += x3 * y3;
            }
            context.localBarrier();
        }
        int to = outer * layout.get(Layout.C_OUTER) + inner * layout.get(Layout.C_INNER) + part * layout.get(Layout.C_PART);
        int ldc = layout.get(Layout.LDC);
        store(c, to, ldc, top + ty, m, side + tx, n, c00, c01, c02, c03);
        store(c, to, ldc, top + ty + 16, m, side + tx, n, c10, c11, c12, c13);
        store(c, to, ldc, top + ty + 32, m, side + tx, n, c20, c21, c22, c23);
        store(c, to, ldc, top + ty + 48, m, side + tx, n, c30, c31, c32, c33);
    }

    /** An element of an operand, or 0 outside of it. */
    static float at(@AlsoHalf FloatArray x, int at, int row, int rows, int toRow, int depth, int end, int toDepth) {
        float value = 0f;
        if (row < rows) {
            if (depth < end) {
                value = x.get(at + row * toRow + depth * toDepth);
            }
        }
        return value;
    }

    /** Four results of a row. */
    static void store(FloatArray c, int at, int ldc, int row, int m, int column, int n, float v0, float v1, float v2, float v3) {
        if (row < m) {
            int to = at + row * ldc;
            store(c, to, column, n, v0);
            store(c, to, column + 16, n, v1);
            store(c, to, column + 32, n, v2);
            store(c, to, column + 48, n, v3);
        }
    }

    private static void store(FloatArray c, int at, int column, int n, float value) {
        if (column < n) {
            c.set(at + column, value);
        }
    }
}
