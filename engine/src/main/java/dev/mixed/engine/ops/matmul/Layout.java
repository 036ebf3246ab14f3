package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.Product.Result;

/**
 * The ints that the grid kernels of matrix products read: the place of each, and how a {@link Product} fills them. All kernels take the same array,
 * each reads what it needs.
 *
 * <p>They are read from a buffer since a GPU compiles a kernel anew for each constant.
 */
final class Layout {
    /** Halves that tensor cores' kernels load at a time, and in which they count the elements of a and b. */
    static final int LOAD = 4;

    /** Places of the sizes, */
    static final int M = 0, N = 1, K = 2;
    /** of what lies between a stored row and the next, */
    static final int LDA = 3, LDB = 4, LDC = 5;
    /** of the inner entries to an outer one of the batch, and of what lies between an outer or inner entry and the next, */
    static final int INNER = 6, A_OUTER = 7, A_INNER = 8, B_OUTER = 9, B_INNER = 10, C_OUTER = 11, C_INNER = 12;
    /** of the parts of k that are summed apart, the depth of one, and what lies between it and the next in c, */
    static final int PARTS = 13, PART_DEPTH = 14, C_PART = 15;
    /** of the epilogue, each not 0 if it is wanted: the sum with what the result held, GELU, a bias, */
    static final int ACCUMULATE = 16, GELU = 17, BIAS = 18;
    /** of what lies between dst's entries and rows, where c is scratch that the kernel itself turns to dst, */
    static final int DST_OUTER = 19, DST_INNER = 20, LD_DST = 21;
    /** of whether a is stored [k, m], and b [n, k], for kernels that aren't compiled for either, */
    static final int TRANSPOSED_A = 22, TRANSPOSED_B = 23;
    /** and, for kernels of the epilogue, of the grid's blocks along y, and whether c is in the order of {@link MatmulGridEpilogue}. */
    static final int BLOCKS_Y = 24, TILED = 25;

    private final int[] ints = new int[26];

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
        layout.ints[LD_DST] = p.c().ld();
        layout.ints[TRANSPOSED_A] = p.a().transposed() ? 1 : 0;
        layout.ints[TRANSPOSED_B] = p.b().transposed() ? 1 : 0;
        return layout.through(p.c()).parts(1, p.k(), 0);
    }

    /** The product's sums go to scratch first. */
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
