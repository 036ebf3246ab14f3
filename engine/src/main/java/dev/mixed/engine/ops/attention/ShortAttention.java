package dev.mixed.engine.ops.attention;

/**
 * Attention of short texts in one launch: a block has one head of one text, all of whose scores fit local memory.
 *
 * <p>constants = {seq, heads, d, keep threshold}, factors = {scale, keep scale}. Rows of q, k, v and dout are {@link #ROW} words apart, rows of
 * scores {@link #KEYS}: odd numbers, so that a column's words lie in different banks.
 */
final class ShortAttention {
    static final int MAX_SEQ = 48;
    static final int MAX_D = 64;
    static final int THREADS = 256;
    static final int WARP = 32;
    static final int WARPS = THREADS / WARP;
    static final int ROW = MAX_D + 1;
    static final int KEYS = MAX_SEQ + 1;
    /** Ints of dropout decisions in a row, four to an int. */
    static final int DECISIONS = MAX_SEQ / 4 + 1;
    static final int KEEP_ALL = 1 << 24;

    private ShortAttention() {
    }

    /** Element 0 of a text's head in [batch, seq, hidden]. */
    static int start(int block, int seq, int heads, int d) {
        int text = block / heads;
        return (text * seq * heads + block - text * heads) * d;
    }

    /** Where in a head's decisions that of probability (i, j) is; first: number of its row's element 0. */
    static int decision(int i, int first, int j) {
        return i * DECISIONS + ((first + j) >> 2) - (first >> 2);
    }

    static float larger(float a, float b) {
        return b > a ? b : a;
    }

    /** 1 / sum; a row that attends to nothing has only zeros. */
    static float inverse(float sum) {
        return sum == 0f ? 0f : 1f / sum;
    }
}
