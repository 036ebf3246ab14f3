// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.Blocks;
import dev.mixed.intrinsics.FastMath;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mma;
import dev.mixed.intrinsics.Registers;
import dev.mixed.intrinsics.SharedMemory;
import dev.mixed.intrinsics.Warps;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Flash attention's forward pass: a warp has {@code tall} times 16 queries and goes through the keys, {@link Flash#TILE} at a time, while the next tile is
 * copied. See {@link Flash} for who does what.
 */
final class FlashForward {
    /** Queries of the tallest block. */
    static final int MAX_QUERIES = queries(2);

    private FlashForward() {
    }

    /** Queries of a block. */
    static int queries(int tall) {
        return Flash.WARPS * 16 * tall;
    }

    /** Bytes of shared memory: two tiles of keys and of values, and of biases. */
    static int sharedBytes(int d) {
        return 2 * stage(d) + 2 * Flash.TILE * Flash.FLOAT_BYTES;
    }

    private static int stage(int d) {
        return 2 * Flash.TILE * 2 * d;
    }

    /**
     * out = dropout(softmax(q k^T scale + mask)) v, the largest score of each row and its sum of exponentials.
     *
     * @param kept     decisions of {@link FlashDecisions}; not read if {@code dropping} is 0
     * @param starts   of each text, and the end of the last
     * @param keys     of each text, from {@link FlashKeys}
     * @param d        32, 64 or 128
     * @param tall     1 or 2
     * @param dropping 0 if nothing is dropped
     */
    static void forward(KernelContext context, HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray kept, IntArray starts,
            IntArray keys, HalfFloatArray out, FloatArray rowMax, FloatArray rowSum, IntArray sizes, FloatArray factors, int d, int tall, int dropping) {
        int shared = SharedMemory.dynamic();
        int thread = context.localIdx;
        int lane = thread & 31;
        int strip = (thread >> 5) * 16 * tall;
        int head = context.groupIdy;
        int text = context.groupIdz;
        int top = context.groupIdx * (Flash.WARPS * 16 * tall);
        int start = GlobalMemory.read(starts, text);
        int length = GlobalMemory.read(starts, text + 1) - start;
        if (top < length) {
            int count = GlobalMemory.read(keys, text);
            int stride = GlobalMemory.read(sizes, Flash.STRIDE);
            int hasMask = GlobalMemory.read(sizes, Flash.HAS_MASK);
            int words = GlobalMemory.read(sizes, Flash.WORDS);
            int firstRow = start * GlobalMemory.read(sizes, Flash.HEADS) + head * length;
            float scale = GlobalMemory.read(factors, Flash.SCALE);
            float perScale = 1f / scale;
            float c = scale * Flash.LOG2_E;
            int base = start * stride + head * d;
            int own = thread >> Flash.chunkBits(d);
            int chunk = thread & d / 8 - 1;
            int to = shared + Flash.place(own, chunk, d);
            int at = base + own * stride + chunk * 8;
            int stage = 2 * Flash.TILE * 2 * d;
            int values = Flash.TILE * 2 * d;
            int biases = shared + 2 * stage;
            // Queries pass through the second stage.
            Flash.copy(to + stage, q, at + top * stride, stride, top + own, length, Flash.WARPS * 16 * tall, d);
            Flash.copy(to, k, at, stride, own, count, Flash.TILE, d);
            Flash.copy(to + values, v, at, stride, own, count, Flash.TILE, d);
            AsyncCopies.commit();
            if (thread < Flash.TILE) {
                SharedMemory.storeFloat(biases + thread * Flash.FLOAT_BYTES, Flash.bias(mask, hasMask, start, thread, count, perScale));
            }
            AsyncCopies.await(0);
            Blocks.barrier();
            int[] queries = Registers.words(d / 4 * tall);
            for (int i = 0; i < tall; i++) {
                Flash.load(queries, i * d / 4, shared + stage + (strip + i * 16) * 2 * d + Flash.stripOf(lane, d), d);
            }
            int keysFrom = shared + Flash.rowsOf(lane, d);
            int valuesFrom = shared + values + Flash.stripOf(lane, d);
            int row = top + strip + (lane >> 2);
            int keptAt = (firstRow + row) * words;
            float[] scores = Registers.floats(32 * tall);
            float[] sums = Registers.floats(d / 2 * tall);
            float[] most = Registers.floats(2 * tall);
            float[] total = Registers.floats(2 * tall);
            int[] right = Registers.words(d == 128 ? 32 : 16);
            int[] left = Registers.words(4 * tall);
            int[] bits = Registers.words(4 * tall);
            for (int i = 0; i < 2 * tall; i++) {
                Registers.set(most, i, Flash.MASKED);
            }
            int read = 0;
            int key = 0;
            while (key < count) {
                AsyncCopies.await(0);
                Blocks.barrier();
                int next = key + Flash.TILE;
                if (next < count) {
                    int write = stage - read;
                    Flash.copy(to + write, k, at + next * stride, stride, next + own, count, Flash.TILE, d);
                    Flash.copy(to + write + values, v, at + next * stride, stride, next + own, count, Flash.TILE, d);
                }
                AsyncCopies.commit();
                float nextBias = Flash.bias(mask, hasMask, start, next + (thread & Flash.TILE - 1), count, perScale);
                if (dropping != 0) {
                    for (int i = 0; i < tall; i++) {
                        decisions(bits, i * 4, kept, keptAt + i * 16 * words + (key >> 5), words, lane);
                    }
                }
                begin(scores, biases + (key >> 6 & 1) * (Flash.TILE * Flash.FLOAT_BYTES) + (lane & 3) * 8, tall);
                for (int s = 0; s < d / 16; s++) {
                    for (int j = 0; j < 4; j++) {
                        Matrices.load(right, j * 4, ((keysFrom + read) ^ s * 32) + j * 32 * d);
                    }
                    for (int i = 0; i < tall; i++) {
                        for (int j = 0; j < 8; j++) {
                            Mma.f16(scores, i * 32 + j * 4, queries, i * d / 4 + s * 4, right, j * 2);
                        }
                    }
                }
                for (int i = 0; i < tall; i++) {
                    softmax(scores, i * 32, sums, i * d / 2, most, total, i * 2, c, d);
                }
                for (int t = 0; t < 4; t++) {
                    for (int j = 0; j < d / 16; j++) {
                        Matrices.loadTransposed(right, j * 4, ((valuesFrom + read) ^ j * 32) + t * 32 * d);
                    }
                    for (int i = 0; i < tall; i++) {
                        probabilities(left, i * 4, scores, i * 32 + t * 8, bits, i * 4 + t / 2, t % 2 * 16, dropping);
                        for (int j = 0; j < d / 8; j++) {
                            Mma.f16(sums, i * d / 2 + j * 4, left, i * 4, right, j * 2);
                        }
                    }
                }
                if (thread < Flash.TILE) {
                    // Into the half of the next tile, which nobody has read since the barrier.
                    SharedMemory.storeFloat(biases + ((next >> 6 & 1) * Flash.TILE + thread) * Flash.FLOAT_BYTES, nextBias);
                }
                read = stage - read;
                key = next;
            }
            float keepScale = GlobalMemory.read(factors, Flash.KEEP_SCALE);
            for (int i = 0; i < tall; i++) {
                for (int h = 0; h < 2; h++) {
                    float sum = Registers.get(total, i * 2 + h);
                    sum += Warps.shuffleXor(sum, 1);
                    sum += Warps.shuffleXor(sum, 2);
                    float factor = sum == 0f ? 0f : keepScale / sum;
                    int r = row + i * 16 + h * 8;
                    if (r < length) {
                        int outAt = base + r * stride + (lane & 3) * 2;
                        for (int j = 0; j < d / 8; j++) {
                            int s = i * d / 2 + j * 4 + h * 2;
                            GlobalMemory.store2(out, outAt + j * 8, Halves.pack(Registers.get(sums, s) * factor, Registers.get(sums, s + 1) * factor));
                        }
                        if ((lane & 3) == 0) {
                            float max = Registers.get(most, i * 2 + h);
                            GlobalMemory.store(rowMax, firstRow + r, max < Flash.DEGENERATE ? -Float.MAX_VALUE : max * scale);
                            GlobalMemory.store(rowSum, firstRow + r, sum);
                        }
                    }
                }
            }
        }
    }

    /** Of rows r and r + 8, the decisions on a tile's keys: two words each, moved such that this lane's keys are bits 0, 1, 8, 9, and so on. */
    static void decisions(int[] bits, int at, IntArray kept, int keptAt, int words, int lane) {
        for (int h = 0; h < 2; h++) {
            for (int w = 0; w < 2; w++) {
                Registers.set(bits, at + h * 2 + w, GlobalMemory.read(kept, keptAt + h * 8 * words + w) >> (lane & 3) * 2);
            }
        }
    }

    /** Products start at the biases, which the scale will multiply too. */
    private static void begin(float[] scores, int biases, int tall) {
        for (int j = 0; j < 8; j++) {
            float first = SharedMemory.loadFloat(biases + j * 8 * Flash.FLOAT_BYTES);
            float second = SharedMemory.loadFloat(biases + j * 8 * Flash.FLOAT_BYTES + Flash.FLOAT_BYTES);
            for (int i = 0; i < tall; i++) {
                for (int h = 0; h < 2; h++) {
                    Registers.set(scores, i * 32 + j * 4 + h * 2, first);
                    Registers.set(scores, i * 32 + j * 4 + h * 2 + 1, second);
                }
            }
        }
    }

    /** Scores of 16 queries become exponentials, relative to the largest so far; what was summed before becomes relative to it, too. */
    private static void softmax(float[] scores, int scoresAt, float[] sums, int sumsAt, float[] most, float[] total, int totalAt, float c, int d) {
        for (int h = 0; h < 2; h++) {
            int at = scoresAt + h * 2;
            float before = Registers.get(most, totalAt + h);
            float max = before;
            for (int j = 0; j < 8; j++) {
                max = FastMath.max(max, FastMath.max(Registers.get(scores, at + j * 4), Registers.get(scores, at + j * 4 + 1)));
            }
            max = FastMath.max(max, Warps.shuffleXor(max, 1));
            max = FastMath.max(max, Warps.shuffleXor(max, 2));
            Registers.set(most, totalAt + h, max);
            float factor = FastMath.exp2((before - max) * c);
            float less = -max * c;
            float sum = Registers.get(total, totalAt + h) * factor;
            for (int j = 0; j < 8; j++) {
                float first = FastMath.exp2(FastMath.fma(Registers.get(scores, at + j * 4), c, less));
                float second = FastMath.exp2(FastMath.fma(Registers.get(scores, at + j * 4 + 1), c, less));
                Registers.set(scores, at + j * 4, first);
                Registers.set(scores, at + j * 4 + 1, second);
                sum += first + second;
            }
            Registers.set(total, totalAt + h, sum);
            for (int j = 0; j < d / 8; j++) {
                Registers.set(sums, sumsAt + j * 4 + h * 2, Registers.get(sums, sumsAt + j * 4 + h * 2) * factor);
                Registers.set(sums, sumsAt + j * 4 + h * 2 + 1, Registers.get(sums, sumsAt + j * 4 + h * 2 + 1) * factor);
            }
        }
    }

    /** The exponentials of 16 keys as an operand, those that dropout takes as zeros; their first decision is bit {@code shift} of word {@code bitsAt}. */
    private static void probabilities(int[] left, int leftAt, float[] scores, int at, int[] bits, int bitsAt, int shift, int dropping) {
        for (int g = 0; g < 2; g++) {
            for (int h = 0; h < 2; h++) {
                float first = Registers.get(scores, at + g * 4 + h * 2);
                float second = Registers.get(scores, at + g * 4 + h * 2 + 1);
                if (dropping != 0) {
                    int word = Registers.get(bits, bitsAt + h * 2);
                    first = (word & 1 << shift + g * 8) != 0 ? first : 0f;
                    second = (word & 2 << shift + g * 8) != 0 ? second : 0f;
                }
                Registers.set(left, leftAt + g * 2 + h, Halves.pack(first, second));
            }
        }
    }
}
