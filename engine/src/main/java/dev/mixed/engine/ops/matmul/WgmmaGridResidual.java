// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.random.DropoutGrid;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mbarriers;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.TensorMaps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The products of {@link WgmmaGrid} that end a transformer's sublayer: dropout(op(a) op(b) + bias) + residual, rounded once. The residual arrives as the
 * matrix of {@link WgmmaGridInput} does, bias and dropout's decisions by {@link WgmmaAside}.
 */
final class WgmmaGridResidual {
    private WgmmaGridResidual() {
    }

    /** c = op(a) op(b) + bias + residual. */
    static void add(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray residual, HalfFloatArray c,
            IntArray layout, int rows, int width, int stages, int alongA, int alongB) {
        multiply(context, a, b, bias, c, TensorMaps.map(2, c), TensorMaps.map(3, residual), layout, layout, 1f, rows, width, stages, alongA, alongB, 0);
    }

    /**
     * c = dropout(op(a) op(b) + bias) + residual, with the decisions that {@link dev.mixed.engine.ops.random.Dropout} makes for c's elements.
     *
     * @param snapshot of the random state
     * @param scale    {1 / (1 - p)}
     * @param layout   with the keep threshold
     */
    static void dropoutAdd(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray residual, HalfFloatArray c,
            IntArray snapshot, FloatArray scale, IntArray layout, int rows, int width, int stages, int alongA, int alongB) {
        multiply(context, a, b, bias, c, TensorMaps.map(2, c), TensorMaps.map(3, residual), snapshot, layout, scale.get(0), rows, width, stages, alongA,
                alongB, 1);
    }

    private static void multiply(KernelContext context, HalfFloatArray a, HalfFloatArray b, HalfFloatArray bias, HalfFloatArray c, long mapC, long mapX,
            IntArray snapshot, IntArray layout, float scale, int rows, int width, int stages, int alongA, int alongB, int dropping) {
        int shared = SharedMemory.dynamic();
        int thread = context.localIdx;
        int group = thread >> 7;
        int full = WgmmaTile.barriers(shared, rows, width, stages, WgmmaGridInput.BOXES);
        int ring = WgmmaTile.firstStage(shared, WgmmaGridInput.BOXES);
        int arrived = full + 16 * stages;
        int aside = arrived + WgmmaGridInput.BARRIER_BYTES;
        if (thread == 32) {
            for (int i = 0; i < 4; i++) {
                Mbarriers.init(arrived + 8 * i, 1);
            }
            WgmmaAside.init(snapshot, aside, dropping);
            Mbarriers.fenceInit();
        }
        WgmmaTile.begin(thread, full, stages);
        if (group == 2) {
            Blocks.fewerRegisters(WgmmaTile.FEW_REGISTERS);
            if (thread == WgmmaTile.PRODUCER) {
                WgmmaTile.copy(a, b, context.groupIdx, rows, width, stages, alongA, alongB, ring, full, layout);
            }
            if (thread >= WgmmaAside.FIRST) {
                WgmmaAside.write(bias, layout, aside, context.groupIdx, thread, rows, width, dropping);
            }
        } else {
            Blocks.moreRegisters(WgmmaTile.MANY_REGISTERS);
            int across = layout.get(WgmmaProducts.ACROSS);
            int items = layout.get(WgmmaProducts.ITEMS);
            int steps = layout.get(WgmmaProducts.STEPS);
            int blocks = Blocks.gridX();
            int lane = thread & 31;
            int boxes = shared + group * WgmmaGridInput.BOXES * WgmmaTile.BOX;
            int barriers = arrived + group * 16;
            int biases = WgmmaAside.biasPlace(aside, thread);
            int decisions = WgmmaAside.decisionsPlace(aside, group, thread, rows, width);
            int turn = 0;
            for (int item = context.groupIdx; item < items; item += blocks) {
                int top = item / across * 2 * rows + group * rows;
                int side = item % across * width;
                int taken = turn * (rows / 64) * (width / 64);
                WgmmaGridInput.request(mapX, thread, boxes, barriers, taken, side, top);
                float[] low = Registers.floats(width / 2);
                float[] high = Registers.floats(width / 2);
                WgmmaTile.multiply(low, high, group, lane, turn * steps, steps, rows, width, stages, alongA, alongB, ring, full);
                WgmmaAside.await(aside, turn);
                rows(low, c, mapC, mapX, boxes, barriers, biases, decisions, scale, thread, taken, top, side, width, rows == 128 ? 1 : 0, dropping);
                if (rows == 128) {
                    rows(high, c, mapC, mapX, boxes, barriers, biases, WgmmaAside.below(decisions, width), scale, thread, taken + width / 64, top + 64, side,
                            width, 0,
                            dropping);
                }
                WgmmaAside.leave(aside, lane);
                turn++;
            }
            if ((thread & 127) == 0) {
                TensorMaps.awaitRead(0);
            }
        }
    }

    /** Works on 64 rows, box by box; {@code more}: 64 rows follow below. The steps stand one by one, so that the sums stay in registers. */
    private static void rows(float[] sums, HalfFloatArray c, long mapC, long mapX, int boxes, int barriers, int biases, int decisions, float scale,
            int thread, int taken, int top, int side, int width, int more, int dropping) {
        box(0, sums, c, mapC, mapX, boxes, barriers, biases, decisions, scale, thread, taken, top, side, width, more, dropping);
        if (width > 64) {
            box(1, sums, c, mapC, mapX, boxes, barriers, biases, decisions, scale, thread, taken, top, side, width, more, dropping);
        }
        if (width > 128) {
            box(2, sums, c, mapC, mapX, boxes, barriers, biases, decisions, scale, thread, taken, top, side, width, more, dropping);
        }
        if (width > 192) {
            box(3, sums, c, mapC, mapX, boxes, barriers, biases, decisions, scale, thread, taken, top, side, width, more, dropping);
        }
    }

    private static void box(int chunk, float[] sums, HalfFloatArray c, long mapC, long mapX, int boxes, int barriers, int biases, int decisions,
            float scale, int thread, int taken, int top, int side, int width, int more, int dropping) {
        int number = taken + chunk;
        if (chunk < width / 64 - 1) {
            WgmmaGridInput.request(mapX, thread, boxes, barriers, number + 1, side + 64 * chunk + 64, top);
        } else if (more != 0) {
            WgmmaGridInput.request(mapX, thread, boxes, barriers, number + 1, side, top + 64);
        }
        int box = boxes + (number & 1) * WgmmaTile.BOX;
        int place = WgmmaBoxes.place(thread);
        int[] words = Registers.words(16);
        int[] kept = Registers.words(2);
        Mbarriers.await(barriers + (number & 1) * 8, number >> 1 & 1);
        for (int j = 0; j < 8; j++) {
            // No earlier than they are needed: the sums leave few registers.
            if (j % 2 == 0) {
                Matrices.load(words, 2 * j, box + (place ^ j * 16));
            }
            if (dropping != 0 && j % 4 == 0) {
                WgmmaAside.load(kept, decisions + 8 * chunk + j, thread, width);
            }
            int both = SharedMemory.load(biases + chunk * 128 + j * 16);
            for (int half = 0; half < 2; half++) {
                int i = 2 * j + half;
                int at = chunk * 32 + 2 * i;
                int word = Registers.get(words, i);
                float first = Registers.get(sums, at) + Halves.low(both);
                float second = Registers.get(sums, at + 1) + Halves.high(both);
                if (dropping != 0) {
                    int bits = Registers.get(kept, half);
                    first *= DropoutGrid.factor(bits, j % 4 * 8, scale);
                    second *= DropoutGrid.factor(bits, j % 4 * 8 + 1, scale);
                }
                Registers.set(words, i, Halves.pack(first + Halves.low(word), second + Halves.high(word)));
            }
        }
        WgmmaBoxes.store(words, c, mapC, box, thread >> 7, thread, place, side + 64 * chunk, top);
    }
}
