package dev.mixed.engine.ops.embedding;

import static dev.mixed.engine.ops.Tile.NEXT;
import static dev.mixed.engine.ops.Tile.THREADS;
import static dev.mixed.engine.ops.Tile.TILE;
import static dev.mixed.engine.ops.Tile.at;
import static dev.mixed.engine.ops.Tile.put;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Rows of a table by id, and the gradient of the table.
 *
 * <p>The gradient takes three steps, so that rows with one id are added in a fixed order, and a frequent id (padding, say) does not leave one block
 * with all of them. First, each token finds its neighbours with the same id. Then, in each chunk of tokens, the first of an id adds up the chunk's rows;
 * if the id occurs in no other chunk, the sum goes to the table. Last, the first chunk of each other id adds up the chunks' sums.
 */
public final class EmbeddingKernels {
    private static final int WARP = 32;
    /** Numbers that {@link #link} leaves for each token. */
    static final int LINKS = 4;
    /** Threads to a token in the steps that add; each takes four columns at once, so that a chain of tokens is followed but once. */
    static final int ROW_THREADS = 256;

    private EmbeddingKernels() {
    }

    /** y[t] = weight[ids[t]], zeros for an id outside of the table; size = {elements of y, vocabulary, hidden}. */
    public static void gatherFloat(KernelContext context, FloatArray weight, IntArray ids, FloatArray y, IntArray size) {
        int n = size.get(0);
        int vocabulary = size.get(1);
        int hidden = size.get(2);
        int e = context.groupIdx * TILE + context.localIdx;
        float v0 = element(weight, ids, e, n, vocabulary, hidden);
        float v1 = element(weight, ids, e + THREADS, n, vocabulary, hidden);
        float v2 = element(weight, ids, e + 2 * THREADS, n, vocabulary, hidden);
        float v3 = element(weight, ids, e + 3 * THREADS, n, vocabulary, hidden);
        put(y, e, n, v0, v1, v2, v3);
    }

    /** {@link #gatherFloat}, each row rounded to half. */
    public static void gatherHalf(KernelContext context, FloatArray weight, IntArray ids, HalfFloatArray y, IntArray size) {
        int n = size.get(0);
        int vocabulary = size.get(1);
        int hidden = size.get(2);
        int e = context.groupIdx * TILE + 2 * context.localIdx;
        float v0 = element(weight, ids, e, n, vocabulary, hidden);
        float v1 = element(weight, ids, e + 1, n, vocabulary, hidden);
        float v2 = element(weight, ids, e + NEXT, n, vocabulary, hidden);
        float v3 = element(weight, ids, e + NEXT + 1, n, vocabulary, hidden);
        put(y, e, n, v0, v1, v2, v3);
    }

    private static float element(FloatArray weight, IntArray ids, int e, int n, int vocabulary, int hidden) {
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
     * links[4 t] = 1 if token t is not the first of its id in its chunk (or its id is outside of the table); [4 t + 1] = 1 if it is not the first of all;
     * [4 t + 2] = the next token of its id in the chunk, [4 t + 3] = the next in a later chunk; the number of tokens where there is none.
     *
     * <p>One warp to a token. Positions are compared as floats, which hold them exactly below 2^24, for a warp passes nothing else around.
     *
     * @param size {tokens, vocabulary, hidden, tokens to a chunk}
     */
    public static void link(KernelContext context, IntArray ids, IntArray links, IntArray size) {
        int tokens = size.get(0);
        int chunk = size.get(3);
        int token = context.globalIdx / WARP;
        int lane = context.localIdx % WARP;
        if (token < tokens) {
            int id = ids.get(token);
            int start = token / chunk * chunk;
            int end = start + chunk;
            int earlierInChunk = id < 0 || id >= size.get(1) ? 1 : 0;
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
                links.set(LINKS * token, anyEarlierInChunk > 0f ? 1 : 0);
                links.set(LINKS * token + 1, anyEarlier > 0f ? 1 : 0);
                links.set(LINKS * token + 2, (int) first);
                links.set(LINKS * token + 3, (int) firstInLaterChunk);
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
    public static void addWithinChunks(KernelContext context, FloatArray table, IntArray ids, FloatArray dy, IntArray links, FloatArray sums,
            IntArray size) {
        int token = context.groupIdx;
        if (links.get(LINKS * token) == 0) {
            int tokens = size.get(0);
            int hidden = size.get(2);
            int only = links.get(LINKS * token + 1) == 0 && links.get(LINKS * token + 3) == tokens ? 1 : 0;
            int row = ids.get(token) * hidden;
            for (int j = context.localIdx; j < hidden; j += 4 * ROW_THREADS) {
                float v0 = 0f;
                float v1 = 0f;
                float v2 = 0f;
                float v3 = 0f;
                for (int t = token; t < tokens; t = links.get(LINKS * t + 2)) {
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

    /** {@link #addWithinChunks} for gradients in half storage. */
    public static void addHalvesWithinChunks(KernelContext context, FloatArray table, IntArray ids, HalfFloatArray dy, IntArray links, FloatArray sums,
            IntArray size) {
        int token = context.groupIdx;
        if (links.get(LINKS * token) == 0) {
            int tokens = size.get(0);
            int hidden = size.get(2);
            int only = links.get(LINKS * token + 1) == 0 && links.get(LINKS * token + 3) == tokens ? 1 : 0;
            int row = ids.get(token) * hidden;
            for (int j = context.localIdx; j < hidden; j += 4 * ROW_THREADS) {
                float v0 = 0f;
                float v1 = 0f;
                float v2 = 0f;
                float v3 = 0f;
                for (int t = token; t < tokens; t = links.get(LINKS * t + 2)) {
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
        int tokens = size.get(0);
        if (links.get(LINKS * token + 1) == 0 && links.get(LINKS * token + 3) < tokens) {
            int hidden = size.get(2);
            int row = ids.get(token) * hidden;
            for (int j = context.localIdx; j < hidden; j += 4 * ROW_THREADS) {
                float v0 = 0f;
                float v1 = 0f;
                float v2 = 0f;
                float v3 = 0f;
                for (int t = token; t < tokens; t = links.get(LINKS * t + 3)) {
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
    private static void addToRow(FloatArray table, int row, int j, int hidden, float v0, float v1, float v2, float v3) {
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
