// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.embedding;

import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.first;
import static dev.mixed.engine.ops.Tile.fourth;
import static dev.mixed.engine.ops.Tile.put;
import static dev.mixed.engine.ops.Tile.second;
import static dev.mixed.engine.ops.Tile.third;

import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Rows of a table by id, and the gradient of the table.
 *
 * <p>The gradient takes three steps, so that rows with one id are added in a fixed order, and a frequent id (padding, say) does not leave one block
 * with all of them. First, each token finds its neighbours with the same id. Then, in each chunk of tokens, the first of an id adds up the chunk's rows;
 * if the id occurs in no other chunk, the sum goes to the table. Last, the first chunk of each other id adds up the chunks' sums.
 */
public final class EmbeddingGrid {
    private static final int WARP = 32;
    /** Places in {@code size}: of {@link #gather}, then of the gradient's steps. */
    static final int ELEMENTS = 0;
    static final int TOKENS = 0;
    static final int VOCABULARY = 1;
    static final int HIDDEN = 2;
    static final int CHUNK = 3;
    /** Numbers that {@link #link} leaves for each token, and their places. */
    static final int LINKS = 4;
    static final int LATER_IN_CHUNK = 0;
    static final int LATER = 1;
    static final int NEXT_IN_CHUNK = 2;
    static final int NEXT_ELSEWHERE = 3;
    /** Threads to a token in the steps that add; each takes four columns at once, so that a chain of tokens is followed but once. */
    static final int ROW_THREADS = 256;

    private EmbeddingGrid() {
    }

    /** y[t] = weight[ids[t]], zeros for an id outside of the table; size = {elements of y, vocabulary, hidden}. */
    public static void gather(KernelContext context, FloatArray weight, IntArray ids, @AlsoHalf FloatArray y, IntArray size) {
        int n = size.get(ELEMENTS);
        int vocabulary = size.get(VOCABULARY);
        int hidden = size.get(HIDDEN);
        int e = first(y, context.groupIdx, context.localIdx);
        float v0 = element(weight, ids, e, n, vocabulary, hidden);
        float v1 = element(weight, ids, second(y, e), n, vocabulary, hidden);
        float v2 = element(weight, ids, third(y, e), n, vocabulary, hidden);
        float v3 = element(weight, ids, fourth(y, e), n, vocabulary, hidden);
        put(y, e, n, v0, v1, v2, v3);
    }

    static float element(FloatArray weight, IntArray ids, int e, int n, int vocabulary, int hidden) {
        float v = 0f;
        if (e < n) {
            int token = e / hidden;
            int id = ids.get(token);
            if (id >= 0 && id < vocabulary) {
                v = weight.get(id * hidden + (e - token * hidden));
            }
        }
        return v;
    }

    /**
     * The four links of each token: 1 if it is not the first of its id in its chunk, or its id is outside of the table; 1 if it is not the first of all;
     * the next token of its id in the chunk, and the next in a later chunk, or the number of tokens where there is none.
     *
     * <p>One warp to a token. Positions are compared as floats, which hold them exactly below 2^24, for a warp passes nothing else around.
     *
     * @param size {tokens, vocabulary, hidden, tokens to a chunk}
     */
    public static void link(KernelContext context, IntArray ids, IntArray links, IntArray size) {
        int tokens = size.get(TOKENS);
        int chunk = size.get(CHUNK);
        int token = context.globalIdx / WARP;
        int lane = context.localIdx % WARP;
        if (token < tokens) {
            int id = ids.get(token);
            int start = token / chunk * chunk;
            int end = start + chunk;
            int earlierInChunk = id < 0 || id >= size.get(VOCABULARY) ? 1 : 0;
            int earlier = earlierInChunk;
            int next = tokens;
            int nextChunk = tokens;
            for (int t = lane; t < tokens; t += WARP) {
                if (ids.get(t) == id) {
                    earlier = t < token ? 1 : earlier;
                    earlierInChunk = t < token && t >= start ? 1 : earlierInChunk;
                    next = t > token && t < end && t < next ? t : next;
                    nextChunk = t >= end && t < nextChunk ? t : nextChunk;
                }
            }
            float anyEarlierInChunk = context.simdSum((float) earlierInChunk);
            float anyEarlier = context.simdSum((float) earlier);
            float first = least(context, next);
            float firstInLaterChunk = least(context, nextChunk);
            if (lane == 0) {
                links.set(LINKS * token + LATER_IN_CHUNK, anyEarlierInChunk > 0f ? 1 : 0);
                links.set(LINKS * token + LATER, anyEarlier > 0f ? 1 : 0);
                links.set(LINKS * token + NEXT_IN_CHUNK, (int) first);
                links.set(LINKS * token + NEXT_ELSEWHERE, (int) firstInLaterChunk);
            }
        }
    }

    /** The least of the warp's numbers, in its first lane. */
    private static float least(KernelContext context, int number) {
        float least = (float) number;
        for (int distance = WARP / 2; distance > 0; distance /= 2) {
            float other = context.simdShuffleDown(least, distance);
            least = other < least ? other : least;
        }
        return least;
    }

    /** The second step: sums within chunks, to the table's gradient or to sums [tokens, hidden]. */
    public static void addWithinChunks(KernelContext context, FloatArray table, IntArray ids, @AlsoHalf FloatArray dy, IntArray links, FloatArray sums,
            IntArray size) {
        int token = context.groupIdx;
        if (links.get(LINKS * token + LATER_IN_CHUNK) == 0) {
            int tokens = size.get(TOKENS);
            int hidden = size.get(HIDDEN);
            int only = links.get(LINKS * token + LATER) == 0 && links.get(LINKS * token + NEXT_ELSEWHERE) == tokens ? 1 : 0;
            int row = ids.get(token) * hidden;
            for (int j = context.localIdx; j < hidden; j += 4 * ROW_THREADS) {
                float v0 = 0f;
                float v1 = 0f;
                float v2 = 0f;
                float v3 = 0f;
                for (int t = token; t < tokens; t = links.get(LINKS * t + NEXT_IN_CHUNK)) {
                    int e = t * hidden + j;
                    int end = (t + 1) * hidden;
                    v0 += at(dy, e, end);
                    v1 += at(dy, e + ROW_THREADS, end);
                    v2 += at(dy, e + 2 * ROW_THREADS, end);
                    v3 += at(dy, e + 3 * ROW_THREADS, end);
                }
                if (only != 0) {
                    addToRow(table, row, j, hidden, v0, v1, v2, v3);
                } else {
                    int end = (token + 1) * hidden;
                    put(sums, token * hidden + j, end, v0);
                    put(sums, token * hidden + j + ROW_THREADS, end, v1);
                    put(sums, token * hidden + j + 2 * ROW_THREADS, end, v2);
                    put(sums, token * hidden + j + 3 * ROW_THREADS, end, v3);
                }
            }
        }
    }

    /** The last step: the sums of an id's chunks go to the table's gradient. */
    public static void addChunks(KernelContext context, FloatArray table, IntArray ids, IntArray links, FloatArray sums, IntArray size) {
        int token = context.groupIdx;
        int tokens = size.get(TOKENS);
        if (links.get(LINKS * token + LATER) == 0 && links.get(LINKS * token + NEXT_ELSEWHERE) < tokens) {
            int hidden = size.get(HIDDEN);
            int row = ids.get(token) * hidden;
            for (int j = context.localIdx; j < hidden; j += 4 * ROW_THREADS) {
                float v0 = 0f;
                float v1 = 0f;
                float v2 = 0f;
                float v3 = 0f;
                for (int t = token; t < tokens; t = links.get(LINKS * t + NEXT_ELSEWHERE)) {
                    int e = t * hidden + j;
                    int end = (t + 1) * hidden;
                    v0 += at(sums, e, end);
                    v1 += at(sums, e + ROW_THREADS, end);
                    v2 += at(sums, e + 2 * ROW_THREADS, end);
                    v3 += at(sums, e + 3 * ROW_THREADS, end);
                }
                addToRow(table, row, j, hidden, v0, v1, v2, v3);
            }
        }
    }

    /** Adds a thread's four numbers to the table's row at {@code row}. */
    static void addToRow(FloatArray table, int row, int j, int hidden, float v0, float v1, float v2, float v3) {
        int end = row + hidden;
        int e = row + j;
        float w0 = at(table, e, end) + v0;
        float w1 = at(table, e + ROW_THREADS, end) + v1;
        float w2 = at(table, e + 2 * ROW_THREADS, end) + v2;
        float w3 = at(table, e + 3 * ROW_THREADS, end) + v3;
        put(table, e, end, w0);
        put(table, e + ROW_THREADS, end, w1);
        put(table, e + 2 * ROW_THREADS, end, w2);
        put(table, e + 3 * ROW_THREADS, end, w3);
    }
}
