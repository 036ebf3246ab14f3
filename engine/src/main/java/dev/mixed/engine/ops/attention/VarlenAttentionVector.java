// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The kernels of {@link VarlenAttention} on the Vector API: those of {@link AttentionVector}, text by text, each with products of its own length. */
public final class VarlenAttentionVector {
    private VarlenAttentionVector() {
    }

    /** out, rowMax and rowSum; one index per row. */
    public static void varlenAttention(FloatArray q, FloatArray k, FloatArray v, IntArray starts, IntArray random, FloatArray out, FloatArray rowMax,
            FloatArray rowSum,
            int texts, int heads, int d, int maxLength, float scale,
            int threshold, float keepScale, int from, int count) {
        AttentionVector.forward(q.getSegment(), k.getSegment(), v.getSegment(), null, random, out.getSegment(), false, rowMax, rowSum,
                new TextRows(starts, texts, heads, maxLength), heads, maxLength, d, scale, threshold, keepScale, from, count);
    }

    /** The same on half storage. */
    public static void varlenAttentionHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, IntArray starts, IntArray random, HalfFloatArray out,
            FloatArray rowMax, FloatArray rowSum,
            int texts, int heads, int d, int maxLength, float scale,
            int threshold, float keepScale, int from, int count) {
        AttentionVector.forward(q.getSegment(), k.getSegment(), v.getSegment(), null, random, out.getSegment(), true, rowMax, rowSum,
                new TextRows(starts, texts, heads, maxLength), heads, maxLength, d, scale, threshold, keepScale, from, count);
    }

    /** dq, and delta = rowsum(dout out); one index per row. */
    public static void backwardQuery(FloatArray q, FloatArray k, FloatArray v, IntArray starts, IntArray random, FloatArray rowMax,
            FloatArray rowSum, FloatArray out, FloatArray dout, FloatArray dq, FloatArray delta,
            int texts, int heads, int d, int maxLength, float scale,
            int threshold, float keepScale, int from, int count) {
        AttentionVector.queryGradients(q.getSegment(), k.getSegment(), v.getSegment(), null, random, rowMax, rowSum, out.getSegment(),
                dout.getSegment(), dq.getSegment(), false, delta, new TextRows(starts, texts, heads, maxLength), heads, maxLength, d, scale,
                threshold, keepScale, from, count);
    }

    /** The same on half storage. */
    public static void backwardQueryHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, IntArray starts, IntArray random, FloatArray rowMax,
            FloatArray rowSum, HalfFloatArray out, HalfFloatArray dout, HalfFloatArray dq, FloatArray delta,
            int texts, int heads, int d, int maxLength, float scale,
            int threshold, float keepScale, int from, int count) {
        AttentionVector.queryGradients(q.getSegment(), k.getSegment(), v.getSegment(), null, random, rowMax, rowSum, out.getSegment(),
                dout.getSegment(), dq.getSegment(), true, delta, new TextRows(starts, texts, heads, maxLength), heads, maxLength, d, scale,
                threshold, keepScale, from, count);
    }

    /** dk and dv, given delta from {@link #backwardQuery}; one index per row. */
    public static void backwardKeyValue(FloatArray q, FloatArray k, FloatArray v, IntArray starts, IntArray random, FloatArray rowMax,
            FloatArray rowSum, FloatArray delta, FloatArray dout, FloatArray dk, FloatArray dv,
            int texts, int heads, int d, int maxLength, float scale,
            int threshold, float keepScale, int from, int count) {
        AttentionVector.keyValueGradients(q.getSegment(), k.getSegment(), v.getSegment(), null, random, rowMax, rowSum, delta,
                dout.getSegment(), dk.getSegment(), dv.getSegment(), false, new TextRows(starts, texts, heads, maxLength), heads, maxLength, d,
                scale, threshold, keepScale, from, count);
    }

    /** The same on half storage. */
    public static void backwardKeyValueHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, IntArray starts, IntArray random, FloatArray rowMax,
            FloatArray rowSum, FloatArray delta, HalfFloatArray dout, HalfFloatArray dk, HalfFloatArray dv,
            int texts, int heads, int d, int maxLength, float scale,
            int threshold, float keepScale, int from, int count) {
        AttentionVector.keyValueGradients(q.getSegment(), k.getSegment(), v.getSegment(), null, random, rowMax, rowSum, delta,
                dout.getSegment(), dk.getSegment(), dv.getSegment(), true, new TextRows(starts, texts, heads, maxLength), heads, maxLength, d,
                scale, threshold, keepScale, from, count);
    }
}
