// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.FastMath;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Flash attention's gradient of queries, and what {@link FlashBackwardKeyValue} needs of each row: a warp has 16 queries and goes through the keys. See
 * {@link Flash} for who does what, {@link Attention} for the formulas.
 */
final class FlashBackwardQuery {
    private FlashBackwardQuery() {
    }

    /** Keys whose scores are in registers at once. */
    private static int columns(int d) {
        return d == 128 ? 32 : 64;
    }

    /**
     * dq, delta = rowsum(dout out), and stats, {@link Flash#STATS} numbers for each row.
     *
     * @param kept     decisions of {@link FlashDecisions}; not read if {@code dropping} is 0
     * @param starts   of each text, and the end of the last
     * @param keys     of each text, from {@link FlashKeys}
     * @param d        32, 64 or 128
     * @param dropping 0 if nothing is dropped
     */
    static void gradient(KernelContext context, HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray kept, IntArray starts,
            IntArray keys, FloatArray rowMax, FloatArray rowSum, HalfFloatArray out, HalfFloatArray dout, HalfFloatArray dq, FloatArray delta, FloatArray stats,
            IntArray sizes, FloatArray factors, int d, int dropping) {
        int shared = SharedMemory.dynamic();
        int thread = context.localIdx;
        int lane = thread & 31;
        int strip = (thread >> 5) * 16;
        int head = context.groupIdy;
        int text = context.groupIdz;
        int top = context.groupIdx * Flash.TILE;
        int start = GlobalMemory.read(starts, text);
        int length = GlobalMemory.read(starts, text + 1) - start;
        if (top < length) {
            int count = GlobalMemory.read(keys, text);
            int stride = GlobalMemory.read(sizes, Flash.STRIDE);
            int hasMask = GlobalMemory.read(sizes, Flash.HAS_MASK);
            int words = GlobalMemory.read(sizes, Flash.WORDS);
            int firstRow = start * GlobalMemory.read(sizes, Flash.HEADS) + head * length;
            float scale = GlobalMemory.read(factors, Flash.SCALE);
            float keepScale = GlobalMemory.read(factors, Flash.KEEP_SCALE);
            float perScale = 1f / scale;
            int base = start * stride + head * d;
            int own = thread >> Flash.chunkBits(d);
            int chunk = thread & d / 8 - 1;
            int to = shared + Flash.place(own, chunk, d);
            int at = base + own * stride + chunk * 8;
            int stage = 2 * Flash.TILE * 2 * d;
            int second = Flash.TILE * 2 * d;
            int biases = shared + 2 * stage;
            // Queries and gradients of the output pass through the second stage.
            Flash.copy(to + stage, q, at + top * stride, stride, top + own, length, Flash.TILE, d);
            Flash.copy(to + stage + second, dout, at + top * stride, stride, top + own, length, Flash.TILE, d);
            Flash.copy(to, k, at, stride, own, count, Flash.TILE, d);
            Flash.copy(to + second, v, at, stride, own, count, Flash.TILE, d);
            AsyncCopies.commit();
            if (thread < Flash.TILE) {
                SharedMemory.storeFloat(biases + thread * Flash.FLOAT_BYTES, Flash.bias(mask, hasMask, start, thread, count, perScale));
            }
            AsyncCopies.await(0);
            Blocks.barrier();
            int[] queries = Registers.words(d / 4);
            int[] gradients = Registers.words(d / 4);
            int stripAt = shared + stage + strip * 2 * d + Flash.stripOf(lane, d);
            Flash.load(queries, 0, stripAt, d);
            Flash.load(gradients, 0, stripAt + second, d);
            int row = top + strip + (lane >> 2);
            // Of rows r and r + 8: scale, offset, delta, and none.
            float[] rows = Registers.floats(2 * Flash.STATS);
            for (int h = 0; h < 2; h++) {
                int r = Math.min(row + h * 8, length - 1);
                int outAt = base + r * stride + (lane & 3) * 2;
                float sum = 0f;
                for (int s = 0; s < d / 8; s++) {
                    int left = Registers.get(gradients, s / 2 * 4 + s % 2 * 2 + h);
                    int right = GlobalMemory.read2(out, outAt + s * 8);
                    sum += Halves.low(left) * Halves.low(right);
                    sum += Halves.high(left) * Halves.high(right);
                }
                sum += Warps.shuffleXor(sum, 1);
                sum += Warps.shuffleXor(sum, 2);
                float max = GlobalMemory.read(rowMax, firstRow + r);
                Registers.set(rows, h * Flash.STATS, Flash.rowScale(max, scale));
                Registers.set(rows, h * Flash.STATS + 1, Flash.rowOffset(max, GlobalMemory.read(rowSum, firstRow + r)));
                Registers.set(rows, h * Flash.STATS + 2, sum);
                if ((lane & 3) == 0 && row + h * 8 < length) {
                    GlobalMemory.store4(stats, (firstRow + r) * Flash.STATS, rows, h * Flash.STATS);
                    GlobalMemory.store(delta, firstRow + r, sum);
                }
            }
            int columns = columns(d);
            int keysFrom = shared + Flash.rowsOf(lane, d);
            int weightsFrom = shared + Flash.stripOf(lane, d);
            int keptAt = (firstRow + row) * words;
            float[] sums = Registers.floats(d / 2);
            float[] scores = Registers.floats(columns / 2);
            float[] changes = Registers.floats(columns / 2);
            int[] right = Registers.words(d == 128 ? 32 : 16);
            int[] left = Registers.words(4);
            int[] bits = Registers.words(4);
            int read = 0;
            int key = 0;
            while (key < count) {
                AsyncCopies.await(0);
                Blocks.barrier();
                int next = key + Flash.TILE;
                if (next < count) {
                    int write = stage - read;
                    Flash.copy(to + write, k, at + next * stride, stride, next + own, count, Flash.TILE, d);
                    Flash.copy(to + write + second, v, at + next * stride, stride, next + own, count, Flash.TILE, d);
                }
                AsyncCopies.commit();
                float nextBias = Flash.bias(mask, hasMask, start, next + (thread & Flash.TILE - 1), count, perScale);
                if (dropping != 0) {
                    FlashForward.decisions(bits, 0, kept, keptAt + (key >> 5), words, lane);
                }
                int biasesFrom = biases + (key >> 6 & 1) * (Flash.TILE * Flash.FLOAT_BYTES) + (lane & 3) * 8;
                for (int part = 0; part < Flash.TILE / columns; part++) {
                    int partAt = read + part * columns * 2 * d;
                    begin(scores, biasesFrom + part * columns * Flash.FLOAT_BYTES, columns);
                    Flash.products(scores, 0, queries, 0, right, keysFrom + partAt, columns, d);
                    Flash.clear(changes, columns / 2);
                    Flash.products(changes, 0, gradients, 0, right, keysFrom + second + partAt, columns, d);
                    change(scores, changes, rows, bits, part * columns / 32, keepScale, columns, dropping);
                    Flash.weighted(sums, 0, scores, 0, left, right, weightsFrom + partAt, columns, d);
                }
                if (thread < Flash.TILE) {
                    SharedMemory.storeFloat(biases + ((next >> 6 & 1) * Flash.TILE + thread) * Flash.FLOAT_BYTES, nextBias);
                }
                read = stage - read;
                key = next;
            }
            Flash.store(dq, base + row * stride + (lane & 3) * 2, stride, row, length, sums, scale, d);
        }
    }

    /** Products start at the biases, which the scale will multiply too. */
    private static void begin(float[] scores, int biases, int columns) {
        for (int j = 0; j < columns / 8; j++) {
            float first = SharedMemory.loadFloat(biases + j * 8 * Flash.FLOAT_BYTES);
            float second = SharedMemory.loadFloat(biases + j * 8 * Flash.FLOAT_BYTES + Flash.FLOAT_BYTES);
            for (int h = 0; h < 2; h++) {
                Registers.set(scores, j * 4 + h * 2, first);
                Registers.set(scores, j * 4 + h * 2 + 1, second);
            }
        }
    }

    /** Scores become the gradients of scores, not yet scaled; changes are those of probabilities. */
    private static void change(float[] scores, float[] changes, float[] rows, int[] bits, int wordAt, float keepScale, int columns, int dropping) {
        for (int h = 0; h < 2; h++) {
            float scale = Registers.get(rows, h * Flash.STATS);
            float offset = -Registers.get(rows, h * Flash.STATS + 1);
            float delta = -Registers.get(rows, h * Flash.STATS + 2);
            for (int j = 0; j < columns / 8; j++) {
                for (int e = 0; e < 2; e++) {
                    int at = j * 4 + h * 2 + e;
                    float p = FastMath.exp2(FastMath.fma(Registers.get(scores, at), scale, offset));
                    float factor = 1f;
                    if (dropping != 0) {
                        int word = Registers.get(bits, h * 2 + wordAt + j / 4);
                        factor = (word & 1 << j % 4 * 8 + e) != 0 ? keepScale : 0f;
                    }
                    Registers.set(scores, at, p * FastMath.fma(Registers.get(changes, at), factor, delta));
                }
            }
        }
    }
}
