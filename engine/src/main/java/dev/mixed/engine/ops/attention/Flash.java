// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.intrinsics.AsyncCopies;
import dev.mixed.intrinsics.FastMath;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Matrices;
import dev.mixed.intrinsics.Mma;
import dev.mixed.intrinsics.Registers;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * What the kernels of flash attention share (Dao, "FlashAttention-2", 2023): scores and probabilities live in registers only, in tiles of queries and
 * keys.
 *
 * <p>Texts stand one after the other in [tokens, heads * d]; text t has the tokens from {@code starts[t]} to {@code starts[t + 1]}, all of equal length
 * in a padded batch. A block of {@link #THREADS} threads has one tile, at {@code groupIdx}, of one head, {@code groupIdy}, of one text, {@code groupIdz};
 * where the text has no such tile it ends at once. <em>Rows</em>, of numbers per query such as {@code rowSum}, are [heads, length] for each text, one text
 * after the other: row i of a head is number {@code start * heads + head * length + i}.
 *
 * <p>A key's mask is added to its products before the scale multiplies them. Masks of {@link #HUGE} and below become {@link #MASKED}, which swallows any
 * product and is exact in what follows, so that a query whose keys all have it attends to all alike; -inf, and keys beyond the text, become
 * {@link #NEVER}, which even such a query ignores.
 *
 * <p>In shared memory, rows of d halves lie one after the other, their chunks of 16 bytes exchanged such that eight rows' chunks of one number lie in
 * different banks.
 */
final class Flash {
    static final int WARPS = 4;
    static final int THREADS = WARPS * 32;
    /** Keys of a tile, and queries of the backward pass's. */
    static final int TILE = 64;
    static final int FLOAT_BYTES = 4;
    /** Places in {@code sizes}: heads, elements from token to token, ints of dropout decisions of a row, and 1 where there is a mask, 0 otherwise. */
    static final int HEADS = 0, STRIDE = 1, WORDS = 2, HAS_MASK = 3;
    /** Places in {@code factors}: the factor of scores, and that of probabilities that dropout keeps. */
    static final int SCALE = 0, KEEP_SCALE = 1;
    static final float HUGE = -1e5f;
    static final float MASKED = -0x1p100f;
    static final float NEVER = -0x1p110f;
    /** What separates {@link #MASKED} from products. */
    static final float DEGENERATE = -0x1p99f;
    static final float LOG2_E = 1.4426950408889634f;
    /** Numbers of a row that the gradient of queries leaves for that of keys: {@link #rowScale}, {@link #rowOffset}, delta, and none. */
    static final int STATS = 4;

    private Flash() {
    }

    /** The binary logarithm of the chunks of 16 bytes in a row. */
    static int chunkBits(int d) {
        return d == 32 ? 2 : d == 64 ? 3 : 4;
    }

    /** Where in a tile a chunk of a row lies, in bytes. Another chunk, by a constant even difference, is at this place ^ 16 times the difference. */
    static int place(int row, int chunk, int d) {
        int exchange = d == 32 ? row >> 1 & 3 : row & 7;
        return row * 2 * d + (chunk ^ exchange) * 16;
    }

    /**
     * Starts to copy this thread's chunks of {@code rows} rows. Rows from {@code length} on become zeros.
     *
     * @param to  the place of its first chunk
     * @param at  the element of {@code from} that its first chunk begins with
     * @param row the number of that row
     */
    static void copy(int to, HalfFloatArray from, int at, int stride, int row, int length, int rows, int d) {
        int pass = THREADS >> chunkBits(d);
        for (int i = 0; i < rows / pass; i++) {
            boolean inside = row + i * pass < length;
            AsyncCopies.copy8(to + i * pass * 2 * d, from, inside ? at + i * pass * stride : 0, inside ? 16 : 0);
        }
    }

    /** What is added to the products of a key before the scale multiplies them. */
    static float bias(FloatArray mask, int hasMask, int start, int key, int length, float perScale) {
        boolean inside = key < length;
        float m = 0f;
        if (hasMask != 0) {
            m = GlobalMemory.read(mask, inside ? start + key : start);
        }
        float huge = m < -Float.MAX_VALUE ? NEVER : MASKED;
        float bias = m <= HUGE ? huge : m * perScale;
        return inside ? bias : NEVER;
    }

    /** c += a b^T: a, 16 rows, from fragments; b in shared memory, {@code columns} rows from {@code address} on, its lane's place of {@link #rowsOf}. */
    static void products(float[] c, int cAt, int[] a, int aAt, int[] b, int address, int columns, int d) {
        for (int s = 0; s < d / 16; s++) {
            for (int j = 0; j < columns / 16; j++) {
                Matrices.load(b, j * 4, (address ^ s * 32) + j * 32 * d);
            }
            for (int j = 0; j < columns / 8; j++) {
                Mma.f16(c, cAt + j * 4, a, aAt + s * 4, b, j * 2);
            }
        }
    }

    /** The same with a in shared memory too, its lane's place of {@link #stripOf} at {@code aAddress}. */
    static void productsOfShared(float[] c, int[] a, int aAddress, int[] b, int address, int columns, int d) {
        for (int s = 0; s < d / 16; s++) {
            Matrices.load(a, 0, aAddress ^ s * 32);
            for (int j = 0; j < columns / 16; j++) {
                Matrices.load(b, j * 4, (address ^ s * 32) + j * 32 * d);
            }
            for (int j = 0; j < columns / 8; j++) {
                Mma.f16(c, j * 4, a, 0, b, j * 2);
            }
        }
    }

    /** c [16, d] += a b: a [16, columns] from sums, rounded to halves; b in shared memory, its lane's place of {@link #stripOf} at {@code address}. */
    static void weighted(float[] c, int cAt, float[] a, int aAt, int[] left, int[] b, int address, int columns, int d) {
        for (int t = 0; t < columns / 16; t++) {
            for (int j = 0; j < d / 16; j++) {
                Matrices.loadTransposed(b, j * 4, (address ^ j * 32) + t * 32 * d);
            }
            pack(left, a, aAt + t * 8);
            for (int j = 0; j < d / 8; j++) {
                Mma.f16(c, cAt + j * 4, left, 0, b, j * 2);
            }
        }
    }

    /** Two neighbouring 8x8 parts of sums as an operand. */
    static void pack(int[] to, float[] sums, int at) {
        for (int i = 0; i < 4; i++) {
            Registers.set(to, i, Halves.pack(Registers.get(sums, at + i * 2), Registers.get(sums, at + i * 2 + 1)));
        }
    }

    /** Fragments of 16 rows in shared memory, their lane's place of {@link #stripOf} at {@code address}. */
    static void load(int[] to, int at, int address, int d) {
        for (int s = 0; s < d / 16; s++) {
            Matrices.load(to, at + s * 4, address ^ s * 32);
        }
    }

    /** Where in 16 rows a lane's row begins that becomes a left operand, or, transposed, a right one. */
    static int stripOf(int lane, int d) {
        return place(lane & 15, lane >> 4, d);
    }

    /** Where in 16 rows a lane's row begins that becomes a right operand without being transposed. */
    static int rowsOf(int lane, int d) {
        return place((lane & 7) + (lane >> 4) * 8, lane >> 3 & 1, d);
    }

    /** All sums become 0. */
    static void clear(float[] sums, int length) {
        for (int i = 0; i < length; i++) {
            Registers.set(sums, i, 0f);
        }
    }

    /** Stores two neighbouring rows' sums times a factor, of rows {@code row} and {@code row + 8}, as far as there are any. */
    static void store(HalfFloatArray to, int at, int stride, int row, int length, float[] sums, float factor, int d) {
        for (int h = 0; h < 2; h++) {
            if (row + h * 8 < length) {
                for (int j = 0; j < d / 8; j++) {
                    int s = j * 4 + h * 2;
                    GlobalMemory.store2(to, at + h * 8 * stride + j * 8, Halves.pack(Registers.get(sums, s) * factor, Registers.get(sums, s + 1) * factor));
                }
            }
        }
    }

    /** By what a row's products are multiplied before {@link #rowOffset} is subtracted, so that 2 to that power is the probability. */
    static float rowScale(float max, float scale) {
        return max < DEGENERATE ? -1f / MASKED : scale * LOG2_E;
    }

    /** See {@link #rowScale}. */
    static float rowOffset(float max, float sum) {
        float log = sum == 0f ? 0f : FastMath.log2(sum);
        return max < DEGENERATE ? log - 1f : max * LOG2_E + log;
    }
}
