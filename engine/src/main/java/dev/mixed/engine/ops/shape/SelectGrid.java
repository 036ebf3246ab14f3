// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import static dev.mixed.engine.ops.Tile.first;
import static dev.mixed.engine.ops.Tile.fourth;
import static dev.mixed.engine.ops.Tile.put;
import static dev.mixed.engine.ops.Tile.second;
import static dev.mixed.engine.ops.Tile.third;

import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The grid kernels of {@link Select}. */
public final class SelectGrid {
    /** Places of the numbers in {@code size}. */
    static final int ELEMENTS = 0;
    static final int SEQ = 1;
    static final int TEXTS = 1;
    static final int HIDDEN = 2;

    private SelectGrid() {
    }

    /** dx [batch, seq, hidden] = dy [batch, hidden] at position 0, else 0; size = {elements of dx, seq, hidden}. */
    public static void selectFirstBackward(KernelContext context, @AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, IntArray size) {
        int n = size.get(ELEMENTS);
        int seq = size.get(SEQ);
        int hidden = size.get(HIDDEN);
        int e = first(dx, context.groupIdx, context.localIdx);
        float v0 = atFirst(dy, e, n, seq, hidden);
        float v1 = atFirst(dy, second(dx, e), n, seq, hidden);
        float v2 = atFirst(dy, third(dx, e), n, seq, hidden);
        float v3 = atFirst(dy, fourth(dx, e), n, seq, hidden);
        put(dx, e, n, v0, v1, v2, v3);
    }

    /** What element e of dx is. */
    static float atFirst(@AlsoHalf FloatArray dy, int e, int n, int seq, int hidden) {
        int row = e / hidden;
        int batch = row / seq;
        return e < n && batch * seq == row ? dy.get(batch * hidden + (e - row * hidden)) : 0f;
    }

    /** dx [tokens, hidden] = dy [texts, hidden] at the first token of each text, else 0; size = {elements of dx, texts, hidden}. */
    public static void selectFirstOfTextsBackward(KernelContext context, @AlsoHalf FloatArray dy, IntArray starts, @AlsoHalf FloatArray dx, IntArray size) {
        int n = size.get(ELEMENTS);
        int texts = size.get(TEXTS);
        int hidden = size.get(HIDDEN);
        int e = first(dx, context.groupIdx, context.localIdx);
        float v0 = atFirstOfText(dy, starts, e, n, texts, hidden);
        float v1 = atFirstOfText(dy, starts, second(dx, e), n, texts, hidden);
        float v2 = atFirstOfText(dy, starts, third(dx, e), n, texts, hidden);
        float v3 = atFirstOfText(dy, starts, fourth(dx, e), n, texts, hidden);
        put(dx, e, n, v0, v1, v2, v3);
    }

    /**
     * What element e of dx is. The last text that starts at its token or before is searched for, by halves: of several that start at one token, only the
     * last can have tokens.
     */
    static float atFirstOfText(@AlsoHalf FloatArray dy, IntArray starts, int e, int n, int texts, int hidden) {
        int token = e / hidden;
        int text = 0;
        int last = texts - 1;
        while (text < last) {
            int middle = (text + last + 1) / 2;
            if (starts.get(middle) <= token) {
                text = middle;
            } else {
                last = middle - 1;
            }
        }
        return e < n && starts.get(text) == token && starts.get(text + 1) > token ? dy.get(text * hidden + (e - token * hidden)) : 0f;
    }
}
