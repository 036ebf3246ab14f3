// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.FastMath;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Flash attention's gradients of keys and values: a warp has 16 keys and goes through the queries. Scores are transposed, a row for each key, so that they
 * are the left operand of both sums. See {@link Flash} for who does what, {@link Attention} for the formulas.
 */
final class FlashBackwardKeyValue {
    private FlashBackwardKeyValue() {
    }

    /** Queries of a tile. */
    private static int queries(int d) {
        return d == 128 ? 32 : 64;
    }

    /** Bytes of shared memory: two tiles of queries, of gradients of the output and of stats, and one of keys and values where it lasts. */
    static int sharedBytes(int d) {
        return 2 * queries(d) * (4 * d + Flash.STATS * Flash.FLOAT_BYTES) + (d == 128 ? 2 * Flash.TILE * 2 * d : 0);
    }

    /**
     * dk and dv.
     *
     * @param kept     decisions of {@link FlashDecisions}; not read if {@code dropping} is 0
     * @param starts   of each text, and the end of the last
     * @param keys     of each text, from {@link FlashKeys}
     * @param stats    of {@link FlashBackwardQuery}
     * @param d        32, 64 or 128
     * @param dropping 0 if nothing is dropped
     */
    static void gradient(KernelContext context, HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray kept, IntArray starts,
            IntArray keys, FloatArray stats, HalfFloatArray dout, HalfFloatArray dk, HalfFloatArray dv, IntArray sizes, FloatArray factors, int d,
            int dropping) {
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
            int words = GlobalMemory.read(sizes, Flash.WORDS);
            int firstRow = start * GlobalMemory.read(sizes, Flash.HEADS) + head * length;
            float scale = GlobalMemory.read(factors, Flash.SCALE);
            float keepScale = GlobalMemory.read(factors, Flash.KEEP_SCALE);
            int base = start * stride + head * d;
            int own = thread >> Flash.chunkBits(d);
            int chunk = thread & d / 8 - 1;
            int to = shared + Flash.place(own, chunk, d);
            int at = base + own * stride + chunk * 8;
            int columns = queries(d);
            int second = columns * 2 * d;
            int stage = 2 * second;
            int statsTile = columns * Flash.STATS * Flash.FLOAT_BYTES;
            int statsFrom = shared + 2 * stage;
            // Keys and values stay in registers, and pass through the second stage, unless these are too few.
            int held = d == 128 ? 0 : 1;
            int keysAt = held != 0 ? stage : 2 * stage + 2 * statsTile;
            int valuesAt = keysAt + Flash.TILE * 2 * d;
            Flash.copy(to + keysAt, k, at + top * stride, stride, top + own, count, Flash.TILE, d);
            Flash.copy(to + valuesAt, v, at + top * stride, stride, top + own, count, Flash.TILE, d);
            Flash.copy(to, q, at, stride, own, length, columns, d);
            Flash.copy(to + second, dout, at, stride, own, length, columns, d);
            copyStats(statsFrom, stats, firstRow, thread, 0, length, columns);
            AsyncCopies.commit();
            AsyncCopies.await(0);
            Blocks.barrier();
            int[] keyRows = Registers.words(held != 0 ? d / 4 : 4);
            int[] valueRows = Registers.words(held != 0 ? d / 4 : 4);
            int stripAt = shared + strip * 2 * d + Flash.stripOf(lane, d);
            if (held != 0) {
                Flash.load(keyRows, 0, stripAt + keysAt, d);
                Flash.load(valueRows, 0, stripAt + valuesAt, d);
            }
            int key = top + strip + (lane >> 2);
            int hasMask = GlobalMemory.read(sizes, Flash.HAS_MASK);
            float firstBias = Flash.bias(mask, hasMask, start, key, count, 1f / scale);
            float secondBias = Flash.bias(mask, hasMask, start, key + 8, count, 1f / scale);
            int queriesFrom = shared + Flash.rowsOf(lane, d);
            int weightsFrom = shared + Flash.stripOf(lane, d);
            // The two keys' decisions are bits 0 and 8 of a word that is shifted by this.
            int shift = (strip & 16) + (lane >> 2);
            int keptAt = (firstRow + (lane & 3) * 2) * words + (top + strip >> 5);
            float[] keySums = Registers.floats(d / 2);
            float[] valueSums = Registers.floats(d / 2);
            float[] scores = Registers.floats(columns / 2);
            float[] changes = Registers.floats(columns / 2);
            float[] query = Registers.floats(Flash.STATS);
            int[] right = Registers.words(d == 128 ? 32 : 16);
            int[] left = Registers.words(4);
            int[] bits = Registers.words(columns / 4);
            int read = 0;
            int readStats = 0;
            int row = 0;
            // Keys that no query attends to have gradients of 0.
            int rows = top < count ? length : 0;
            while (row < rows) {
                AsyncCopies.await(0);
                Blocks.barrier();
                int next = row + columns;
                if (next < rows) {
                    int write = stage - read;
                    Flash.copy(to + write, q, at + next * stride, stride, next + own, length, columns, d);
                    Flash.copy(to + write + second, dout, at + next * stride, stride, next + own, length, columns, d);
                    copyStats(statsFrom + statsTile - readStats, stats, firstRow, thread, next, length, columns);
                }
                AsyncCopies.commit();
                if (dropping != 0) {
                    for (int j = 0; j < columns / 4; j++) {
                        Registers.set(bits, j, GlobalMemory.read(kept, keptAt + (row + j / 2 * 8 + j % 2) * words) >> shift);
                    }
                }
                for (int j = 0; j < columns / 8; j++) {
                    for (int e = 0; e < 2; e++) {
                        Registers.set(scores, j * 4 + e, firstBias);
                        Registers.set(scores, j * 4 + 2 + e, secondBias);
                    }
                }
                Flash.clear(changes, columns / 2);
                if (held != 0) {
                    Flash.products(scores, 0, keyRows, 0, right, queriesFrom + read, columns, d);
                    Flash.products(changes, 0, valueRows, 0, right, queriesFrom + second + read, columns, d);
                } else {
                    Flash.productsOfShared(scores, keyRows, stripAt + keysAt, right, queriesFrom + read, columns, d);
                    Flash.productsOfShared(changes, valueRows, stripAt + valuesAt, right, queriesFrom + second + read, columns, d);
                }
                int statsAt = statsFrom + readStats + (lane & 3) * 2 * (Flash.STATS * Flash.FLOAT_BYTES);
                for (int j = 0; j < columns / 8; j++) {
                    for (int e = 0; e < 2; e++) {
                        SharedMemory.load4(query, 0, statsAt + (j * 8 + e) * Flash.STATS * Flash.FLOAT_BYTES);
                        change(scores, changes, j * 4 + e, query, bits, j * 2 + e, 1, keepScale, dropping);
                        change(scores, changes, j * 4 + e + 2, query, bits, j * 2 + e, 1 << 8, keepScale, dropping);
                    }
                }
                Flash.weighted(valueSums, 0, scores, 0, left, right, weightsFrom + second + read, columns, d);
                Flash.weighted(keySums, 0, changes, 0, left, right, weightsFrom + read, columns, d);
                read = stage - read;
                readStats = statsTile - readStats;
                row = next;
            }
            int to2 = base + key * stride + (lane & 3) * 2;
            Flash.store(dk, to2, stride, key, length, keySums, scale, d);
            Flash.store(dv, to2, stride, key, length, valueSums, keepScale, d);
        }
    }

    private static void copyStats(int to, FloatArray stats, int firstRow, int thread, int row, int length, int columns) {
        if (thread < columns) {
            boolean inside = row + thread < length;
            AsyncCopies.copy4(to + thread * Flash.STATS * Flash.FLOAT_BYTES, stats, inside ? (firstRow + row + thread) * Flash.STATS : 0, inside ? 16 : 0);
        }
    }

    /** A score becomes its probability, 0 where dropout takes it; the change of a probability becomes the score's gradient, not yet scaled. */
    private static void change(float[] scores, float[] changes, int at, float[] query, int[] bits, int bitsAt, int bit, float keepScale, int dropping) {
        float p = FastMath.exp2(FastMath.fma(Registers.get(scores, at), Registers.get(query, 0), -Registers.get(query, 1)));
        float factor = 1f;
        float weight = p;
        if (dropping != 0) {
            boolean stays = (Registers.get(bits, bitsAt) & bit) != 0;
            factor = stays ? keepScale : 0f;
            weight = stays ? p : 0f;
        }
        Registers.set(changes, at, p * FastMath.fma(Registers.get(changes, at), factor, -Registers.get(query, 2)));
        Registers.set(scores, at, weight);
    }
}
