// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The way of mma.sync's sums from registers to the result, in blocks of four warps that have a quarter of a tile each: through shared memory, which
 * nothing else uses then, so that each row leaves in whole groups of 16 bytes.
 */
final class MmaStore {
    private MmaStore() {
    }

    /** A tile of halves; arguments as in {@link ProductStore#halves}. */
    static void halves(float[] sums, int shared, HalfFloatArray bias, HalfFloatArray added, HalfFloatArray c, HalfFloatArray activated, IntArray layout,
            int block, int thread, int edge) {
        int at = ProductTiles.c(layout, ProductTiles.part(layout, block, edge, edge));
        int top = ProductTiles.top(layout, block, edge, edge);
        int side = ProductTiles.side(layout, block, edge, edge);
        float[] values = Registers.floats(8);
        int[] words = Registers.words(4);
        int passes = Registers.opaque(edge / MmaTile.STAGED_ROWS);
        for (int pass = 0; pass < passes; pass++) {
            stage(sums, pass, shared, thread, edge);
            ProductStore.halves(shared, bias, added, c, activated, layout, values, words, at, top + pass * 32, edge / 2, side, thread, edge);
        }
    }

    /** A tile of floats; arguments as in {@link ProductStore#floats}. */
    static void floats(float[] sums, int shared, FloatArray bias, FloatArray added, FloatArray c, FloatArray activated, IntArray layout, int block,
            int thread, int edge) {
        int at = ProductTiles.c(layout, ProductTiles.part(layout, block, edge, edge));
        int top = ProductTiles.top(layout, block, edge, edge);
        int side = ProductTiles.side(layout, block, edge, edge);
        float[] values = Registers.floats(4);
        float[] more = Registers.floats(4);
        int passes = Registers.opaque(edge / MmaTile.STAGED_ROWS);
        for (int pass = 0; pass < passes; pass++) {
            stage(sums, pass, shared, thread, edge);
            ProductStore.floats(shared, bias, added, c, activated, layout, values, more, at, top + pass * 32, 32, edge / 2, side, thread, MmaTile.THREADS,
                    MmaTile.STAGED_ROWS, edge, 0);
        }
    }

    /** Two of a warp's rows of fragments at a time; registers are chosen by constants. */
    private static void stage(float[] sums, int pass, int shared, int thread, int edge) {
        Blocks.barrier();
        if (pass == 0) {
            stageFrom(sums, 0, shared, thread, edge);
        } else {
            stageFrom(sums, edge / 32 - 2, shared, thread, edge);
        }
        Blocks.barrier();
    }

    private static void stageFrom(float[] sums, int fragment, int shared, int thread, int edge) {
        int lane = thread & 31;
        int row = (thread >> 6) * 32 + (lane >> 2);
        int column = (thread >> 5 & 1) * (edge / 2) + (lane & 3) * 2;
        int pitch = (edge + ProductStore.PAD) * 4;
        int to = shared + row * pitch + column * 4;
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < edge / 16; j++) {
                int at = ((fragment + i) * (edge / 16) + j) * 4;
                SharedMemory.store2(to + i * 16 * pitch + j * 32, Registers.get(sums, at), Registers.get(sums, at + 1));
                SharedMemory.store2(to + (i * 16 + 8) * pitch + j * 32, Registers.get(sums, at + 2), Registers.get(sums, at + 3));
            }
        }
    }
}
