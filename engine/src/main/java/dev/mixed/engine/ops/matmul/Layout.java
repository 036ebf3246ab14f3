// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.matmul.Product.Epilogue;
import dev.mixed.engine.ops.matmul.Product.Result;

/**
 * The ints that the grid kernels of matrix products read from a buffer: the place of each, and how a {@link Product} fills them. All kernels take the
 * same array, each reads what it needs. Names are those of {@link Product}; lengths are in elements.
 */
final class Layout {
    /** The product's sizes. */
    static final int M = 0, N = 1, K = 2;
    /** From one stored row to the next. */
    static final int LDA = 3, LDB = 4, LDC = 5;
    /** Inner entries of the batch in an outer one, and from one outer or inner entry to the next. */
    static final int INNER = 6, A_OUTER = 7, A_INNER = 8, B_OUTER = 9, B_INNER = 10, C_OUTER = 11, C_INNER = 12;
    /** The parts of k that are summed apart, the depth of one, and from one to the next in c. */
    static final int PARTS = 13, PART_DEPTH = 14, C_PART = 15;
    /** The epilogue: 1 for a bias, for GELU, for GELU beside what it is applied to, and for a sum with another array. */
    static final int BIAS = 16, GELU = 17, ACTIVATED = 18, ADD = 19;
    /** 1 if each row of c is whole groups of 16 bytes. */
    static final int WHOLE = 20;

    private final int[] ints = new int[21];
    private final DType type;

    private Layout(DType type) {
        this.type = type;
    }

    /** A product in one part, its result straight in c. */
    static Layout of(Product p) {
        Layout layout = new Layout(p.c().buffer().dtype());
        layout.ints[M] = p.m();
        layout.ints[N] = p.n();
        layout.ints[K] = p.k();
        layout.ints[LDA] = p.a().ld();
        layout.ints[LDB] = p.b().ld();
        layout.ints[INNER] = p.inner();
        layout.ints[A_OUTER] = Math.toIntExact(p.a().outerStride());
        layout.ints[A_INNER] = Math.toIntExact(p.a().innerStride());
        layout.ints[B_OUTER] = Math.toIntExact(p.b().outerStride());
        layout.ints[B_INNER] = Math.toIntExact(p.b().innerStride());
        Epilogue epilogue = p.epilogue();
        layout.ints[BIAS] = epilogue.bias() == null ? 0 : 1;
        layout.ints[GELU] = epilogue.gelu() ? 1 : 0;
        layout.ints[ACTIVATED] = epilogue.activated() == null ? 0 : 1;
        layout.ints[ADD] = epilogue.accumulate() ? 1 : 0;
        return layout.into(p.c()).parts(1, p.k(), 0);
    }

    private Layout into(Result c) {
        ints[LDC] = c.ld();
        ints[C_OUTER] = c.outerStride();
        ints[C_INNER] = c.innerStride();
        return this;
    }

    /** The depth is cut into parts, whose sums lie {@code stride} elements apart in c. */
    Layout parts(int parts, int depth, int stride) {
        ints[PARTS] = parts;
        ints[PART_DEPTH] = depth;
        ints[C_PART] = stride;
        return this;
    }

    /** The buffer that holds them. */
    Buffer buffer(LoweredLaunches out) {
        int group = 16 / type.bytes();
        ints[WHOLE] = 1;
        for (int length : new int[] {N, LDC, C_OUTER, C_INNER, C_PART}) {
            if (ints[length] % group != 0) {
                ints[WHOLE] = 0;
            }
        }
        return out.ints(ints);
    }
}
