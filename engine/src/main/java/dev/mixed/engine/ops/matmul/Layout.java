// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.Product.Result;

/**
 * The ints that the grid kernels of matrix products read from a buffer: the place of each, and how a {@link Product} fills them. All kernels take the
 * same array, each reads what it needs. Names are those of {@link Product}; lengths are in elements, of a and b in {@link #LOAD}s for tensor cores.
 */
final class Layout {
    /** Halves that the kernels on tensor cores load at a time. */
    static final int LOAD = 4;

    /** The product's sizes. */
    static final int M = 0, N = 1, K = 2;
    /** From one stored row to the next. */
    static final int LDA = 3, LDB = 4, LDC = 5;
    /** Inner entries of the batch in an outer one, and from one outer or inner entry to the next. */
    static final int INNER = 6, A_OUTER = 7, A_INNER = 8, B_OUTER = 9, B_INNER = 10, C_OUTER = 11, C_INNER = 12;
    /** The parts of k that are summed apart, the depth of one, and from one to the next in c. */
    static final int PARTS = 13, PART_DEPTH = 14, C_PART = 15;
    /** The epilogue: 1 for a sum with what the result held, for GELU, for a bias. */
    static final int ACCUMULATE = 16, GELU = 17, BIAS = 18;
    /** Where c is scratch that the kernel itself turns to dst: from one outer entry, inner entry and row of dst to the next. */
    static final int DST_OUTER = 19, DST_INNER = 20, DST_ROW = 21;
    /** From one row or column of op(a) and op(b) to the next, for kernels that are not compiled for each way to store them. */
    static final int A_ROW = 22, A_COLUMN = 23, B_ROW = 24, B_COLUMN = 25;
    /** For kernels of the epilogue: the grid's blocks along y, and 1 if c is in the order of {@link MatmulGridEpilogue}. */
    static final int BLOCKS_Y = 26, TILED = 27;

    private final int[] ints = new int[28];

    private Layout() {
    }

    /** A product in one part, its result straight in c. */
    static Layout of(Product p) {
        return of(p, 1);
    }

    /** The same for kernels on tensor cores, which count a and b in {@link #LOAD}s. */
    static Layout inLoads(Product p) {
        return of(p, LOAD);
    }

    private static Layout of(Product p, int load) {
        Layout layout = new Layout();
        layout.ints[M] = p.m();
        layout.ints[N] = p.n();
        layout.ints[K] = p.k();
        layout.ints[LDA] = p.a().ld() / load;
        layout.ints[LDB] = p.b().ld() / load;
        layout.ints[INNER] = p.inner();
        layout.ints[A_OUTER] = Math.toIntExact(p.a().outerStride() / load);
        layout.ints[A_INNER] = Math.toIntExact(p.a().innerStride() / load);
        layout.ints[B_OUTER] = Math.toIntExact(p.b().outerStride() / load);
        layout.ints[B_INNER] = Math.toIntExact(p.b().innerStride() / load);
        layout.ints[ACCUMULATE] = p.epilogue().accumulate() ? 1 : 0;
        layout.ints[GELU] = p.epilogue().gelu() ? 1 : 0;
        layout.ints[BIAS] = p.epilogue().bias() == null ? 0 : 1;
        layout.ints[DST_OUTER] = p.c().outerStride();
        layout.ints[DST_INNER] = p.c().innerStride();
        layout.ints[DST_ROW] = p.c().ld();
        layout.ints[A_ROW] = p.a().transposed() ? 1 : p.a().ld();
        layout.ints[A_COLUMN] = p.a().transposed() ? p.a().ld() : 1;
        layout.ints[B_ROW] = p.b().transposed() ? 1 : p.b().ld();
        layout.ints[B_COLUMN] = p.b().transposed() ? p.b().ld() : 1;
        return layout.through(p.c()).parts(1, p.k(), 0);
    }

    /** The sums go to scratch first. */
    Layout through(Result scratch) {
        ints[LDC] = scratch.ld();
        ints[C_OUTER] = scratch.outerStride();
        ints[C_INNER] = scratch.innerStride();
        return this;
    }

    /** The depth is cut into parts, whose sums lie {@code stride} elements apart in c. */
    Layout parts(int parts, int depth, int stride) {
        ints[PARTS] = parts;
        ints[PART_DEPTH] = depth;
        ints[C_PART] = stride;
        return this;
    }

    /** What the kernels of the epilogue need besides. */
    Layout epilogue(int blocksY, boolean tiled) {
        ints[BLOCKS_Y] = blocksY;
        ints[TILED] = tiled ? 1 : 0;
        return this;
    }

    /** All of them in their places. */
    int[] ints() {
        return ints.clone();
    }

    /** The buffer that holds them. */
    Buffer buffer(LoweredLaunches out) {
        return out.ints(ints);
    }
}
