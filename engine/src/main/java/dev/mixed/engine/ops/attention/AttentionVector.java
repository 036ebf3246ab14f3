// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import dev.mixed.engine.jvm.VectorMath;
import dev.mixed.engine.ops.matmul.MatmulVector;
import dev.mixed.engine.ops.random.PhiloxVector;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Attention kernels on the Vector API, with the signatures of {@code dev.mixed.engine.ops.attention.Attention}, and what those of {@link VarlenAttention}
 * have in common with them: a padded batch is one of texts of equal length, with a mask.
 *
 * <p>A slice is taken head by head and, within a head, in blocks of at most 64 queries or keys, whose scores against the whole head fit in
 * the second-level cache. All products go through {@link MatmulVector}. Scores are padded to whole tiles by a mask of -inf, so that padding has
 * probability 0; each element's value depends on its row and column alone, never on where a block or slice begins.
 */
public final class AttentionVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int BLOCK = 64;

    private AttentionVector() {
    }

    /** out, rowMax and rowSum; one index per (batch, head, query). */
    public static void attention(FloatArray q, FloatArray k, FloatArray v, FloatArray mask, IntArray random, FloatArray out, FloatArray rowMax,
            FloatArray rowSum, int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        forward(q.getSegment(), k.getSegment(), v.getSegment(), mask, random, out.getSegment(), false, rowMax, rowSum, padded(heads, seq), heads, seq, d, scale,
                threshold, keepScale, from, count);
    }

    /** The same on half storage. */
    public static void attentionHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray random, HalfFloatArray out,
            FloatArray rowMax, FloatArray rowSum, int heads, int seq, int d, float scale, int threshold, float keepScale,
            int from, int count) {
        forward(q.getSegment(), k.getSegment(), v.getSegment(), mask, random, out.getSegment(), true, rowMax, rowSum, padded(heads, seq), heads, seq, d, scale,
                threshold, keepScale, from, count);
    }

    private static TextRows padded(int heads, int seq) {
        return new TextRows(null, 0, heads, seq);
    }

    /**
     * Attention of texts that {@code texts} finds.
     *
     * @param mask null if every query attends to all keys of its text
     * @param seq  the most tokens of a text, by which dropout numbers its probabilities
     */
    static void forward(MemorySegment q, MemorySegment k, MemorySegment v, @Nullable FloatArray mask, IntArray random, MemorySegment out, boolean half,
            FloatArray rowMax, FloatArray rowSum, TextRows texts, int heads, int seq, int d, float scale, int threshold, float keepScale, int from,
            int count) {
        Scratch scratch = Scratch.get();
        int widest = MatmulVector.paddedColumns(seq);
        int depth = MatmulVector.paddedColumns(d);
        float[] rows = scratch.floats(0, Math.max(seq, BLOCK) * d);
        float[] keys = scratch.floats(1, MatmulVector.panelsSize(seq, d));
        float[] values = scratch.floats(2, MatmulVector.panelsSize(d, seq));
        float[] masks = scratch.floats(3, widest);
        float[] scores = scratch.floats(4, BLOCK * widest);
        float[] kept = scratch.floats(5, PhiloxVector.room(widest) + LANES);
        float[] result = scratch.floats(6, BLOCK * depth);
        int stride = heads * d;
        for (int row = from; row < from + count;) {
            texts.seek(row);
            int length = texts.length();
            int i = texts.index();
            int n = Math.min(Math.min(BLOCK, length - i), from + count - row);
            int width = MatmulVector.paddedColumns(length);
            long start = texts.first(d);
            if (texts.dead()) {
                rowMax.set(row, -Float.MAX_VALUE);
                rowSum.set(row, 0f);
                zero(out, half, start, d, result);
                row++;
                continue;
            }
            if (texts.newHead()) {
                load(k, half, start, stride, length, d, rows);
                MatmulVector.packPanels(rows, d, true, length, d, keys);
                load(v, half, start, stride, length, d, rows);
                MatmulVector.packPanels(rows, d, false, d, length, values);
                loadMask(mask, texts.start(), length, width, masks);
            }
            load(q, half, start + (long) i * stride, stride, n, d, rows);
            MatmulVector.multiply(rows, d, 1, n, keys, length, d, scores, width);
            for (int r = 0; r < n; r++) {
                int at = r * width;
                float max = scaleAndMax(scores, at, width, scale, masks);
                float sum = exps(scores, at, width, max);
                rowMax.set(row + r, max);
                rowSum.set(row + r, sum);
                float inverse = sum == 0f ? 0f : 1f / sum;
                int factors = keepFactors(random, (row + r) * seq, length, threshold, keepScale, kept);
                for (int j = 0; j < width; j += LANES) {
                    FloatVector p = FloatVector.fromArray(SPECIES, scores, at + j).mul(inverse);
                    p = factors < 0 ? p : p.mul(FloatVector.fromArray(SPECIES, kept, factors + j));
                    p.intoArray(scores, at + j);
                }
            }
            MatmulVector.multiply(scores, width, 1, n, values, d, length, result, depth);
            store(result, depth, n, d, out, half, start + (long) i * stride, stride);
            row += n;
        }
    }

    /** dq, and delta = rowsum(dout out); one index per (batch, head, query). */
    public static void backwardQuery(FloatArray q, FloatArray k, FloatArray v, FloatArray mask, IntArray random, FloatArray rowMax, FloatArray rowSum,
            FloatArray out, FloatArray dout, FloatArray dq, FloatArray delta,
            int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        queryGradients(q.getSegment(), k.getSegment(), v.getSegment(), mask, random, rowMax, rowSum, out.getSegment(), dout.getSegment(), dq.getSegment(),
                false, delta, padded(heads, seq), heads, seq, d, scale, threshold, keepScale, from, count);
    }

    /** The same on half storage. */
    public static void backwardQueryHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray random, FloatArray rowMax,
            FloatArray rowSum, HalfFloatArray out, HalfFloatArray dout, HalfFloatArray dq, FloatArray delta,
            int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        queryGradients(q.getSegment(), k.getSegment(), v.getSegment(), mask, random, rowMax, rowSum, out.getSegment(), dout.getSegment(), dq.getSegment(),
                true, delta, padded(heads, seq), heads, seq, d, scale, threshold, keepScale, from, count);
    }

    /** The gradient of queries; arguments as in {@code forward}. */
    static void queryGradients(MemorySegment q, MemorySegment k, MemorySegment v, @Nullable FloatArray mask, IntArray random, FloatArray rowMax,
            FloatArray rowSum, MemorySegment out, MemorySegment dout, MemorySegment dq, boolean half, FloatArray delta, TextRows texts,
            int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        Scratch scratch = Scratch.get();
        int widest = MatmulVector.paddedColumns(seq);
        int depth = MatmulVector.paddedColumns(d);
        float[] rows = scratch.floats(0, Math.max(seq, BLOCK) * d);
        float[] keysTransposed = scratch.floats(1, MatmulVector.panelsSize(seq, d));
        float[] valuesTransposed = scratch.floats(2, MatmulVector.panelsSize(seq, d));
        float[] masks = scratch.floats(3, widest);
        float[] scores = scratch.floats(4, BLOCK * widest);
        float[] kept = scratch.floats(5, PhiloxVector.room(widest) + LANES);
        float[] result = scratch.floats(6, BLOCK * depth);
        float[] keys = scratch.floats(7, MatmulVector.panelsSize(d, seq));
        float[] dScores = scratch.floats(8, BLOCK * widest);
        float[] dRows = scratch.floats(9, BLOCK * d);
        int stride = heads * d;
        for (int row = from; row < from + count;) {
            texts.seek(row);
            int length = texts.length();
            int i = texts.index();
            int n = Math.min(Math.min(BLOCK, length - i), from + count - row);
            int width = MatmulVector.paddedColumns(length);
            long start = texts.first(d);
            long first = start + (long) i * stride;
            if (texts.dead()) {
                delta.set(row, 0f);
                zero(dq, half, first, d, result);
                row++;
                continue;
            }
            if (texts.newHead()) {
                load(v, half, start, stride, length, d, rows);
                MatmulVector.packPanels(rows, d, true, length, d, valuesTransposed);
                load(k, half, start, stride, length, d, rows);
                MatmulVector.packPanels(rows, d, true, length, d, keysTransposed);
                MatmulVector.packPanels(rows, d, false, d, length, keys);
                loadMask(mask, texts.start(), length, width, masks);
            }
            load(dout, half, first, stride, n, d, dRows);
            MatmulVector.multiply(dRows, d, 1, n, valuesTransposed, length, d, dScores, width);
            load(out, half, first, stride, n, d, rows);
            for (int r = 0; r < n; r++) {
                delta.set(row + r, dot(dRows, rows, r * d, d));
            }
            load(q, half, first, stride, n, d, rows);
            MatmulVector.multiply(rows, d, 1, n, keysTransposed, length, d, scores, width);
            for (int r = 0; r < n; r++) {
                int factors = keepFactors(random, (row + r) * seq, length, threshold, keepScale, kept);
                float sum = rowSum.get(row + r);
                gradients(scores, dScores, r * width, width, scale, masks, rowMax.get(row + r), sum == 0f ? 0f : 1f / sum, delta.get(row + r), factors, kept);
            }
            MatmulVector.multiply(dScores, width, 1, n, keys, d, length, result, depth);
            store(result, depth, n, d, dq, half, first, stride);
            row += n;
        }
    }

    /** dk and dv, given delta from {@link #backwardQuery}; one index per (batch, head, key). */
    public static void backwardKeyValue(FloatArray q, FloatArray k, FloatArray v, FloatArray mask, IntArray random, FloatArray rowMax, FloatArray rowSum,
            FloatArray delta, FloatArray dout, FloatArray dk, FloatArray dv,
            int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        keyValueGradients(q.getSegment(), k.getSegment(), v.getSegment(), mask, random, rowMax, rowSum, delta, dout.getSegment(), dk.getSegment(),
                dv.getSegment(), false, padded(heads, seq), heads, seq, d, scale, threshold, keepScale, from, count);
    }

    /** The same on half storage. */
    public static void backwardKeyValueHalf(HalfFloatArray q, HalfFloatArray k, HalfFloatArray v, FloatArray mask, IntArray random, FloatArray rowMax,
            FloatArray rowSum, FloatArray delta, HalfFloatArray dout, HalfFloatArray dk, HalfFloatArray dv,
            int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        keyValueGradients(q.getSegment(), k.getSegment(), v.getSegment(), mask, random, rowMax, rowSum, delta, dout.getSegment(), dk.getSegment(),
                dv.getSegment(), true, padded(heads, seq), heads, seq, d, scale, threshold, keepScale, from, count);
    }

    /** The gradients of keys and values; arguments as in {@link #queryGradients}. */
    static void keyValueGradients(MemorySegment q, MemorySegment k, MemorySegment v, @Nullable FloatArray mask, IntArray random, FloatArray rowMax,
            FloatArray rowSum, FloatArray delta, MemorySegment dout, MemorySegment dk, MemorySegment dv, boolean half, TextRows texts,
            int heads, int seq, int d, float scale, int threshold, float keepScale, int from, int count) {
        Scratch scratch = Scratch.get();
        int width = MatmulVector.paddedColumns(BLOCK);
        int depth = MatmulVector.paddedColumns(d);
        int rowsPadded = MatmulVector.paddedRows(seq);
        float[] queries = scratch.floats(0, seq * d);
        float[] queryPanels = scratch.floats(1, MatmulVector.panelsSize(d, seq));
        float[] dRows = scratch.floats(2, seq * d);
        float[] dPanels = scratch.floats(3, MatmulVector.panelsSize(d, seq));
        float[] scores = scratch.floats(4, rowsPadded * width);
        float[] kept = scratch.floats(5, PhiloxVector.room(width) + LANES);
        float[] result = scratch.floats(6, BLOCK * depth);
        float[] panels = scratch.floats(7, MatmulVector.panelsSize(BLOCK, d));
        float[] dScores = scratch.floats(8, rowsPadded * width);
        float[] rows = scratch.floats(9, BLOCK * d);
        float[] masks = scratch.floats(10, width);
        int stride = heads * d;
        for (int key = from; key < from + count;) {
            texts.seek(key);
            int length = texts.length();
            int j = texts.index();
            int n = Math.min(Math.min(BLOCK, length - j), from + count - key);
            long start = texts.first(d);
            long first = start + (long) j * stride;
            if (texts.dead()) {
                zero(dk, half, first, d, result);
                zero(dv, half, first, d, result);
                key++;
                continue;
            }
            if (texts.newHead()) {
                load(q, half, start, stride, length, d, queries);
                MatmulVector.packPanels(queries, d, false, d, length, queryPanels);
                load(dout, half, start, stride, length, d, dRows);
                MatmulVector.packPanels(dRows, d, false, d, length, dPanels);
            }
            loadMask(mask, texts.start() + j, n, width, masks);
            load(k, half, first, stride, n, d, rows);
            MatmulVector.packPanels(rows, d, true, n, d, panels);
            MatmulVector.multiply(queries, d, 1, length, panels, n, d, scores, width);
            load(v, half, first, stride, n, d, rows);
            MatmulVector.packPanels(rows, d, true, n, d, panels);
            MatmulVector.multiply(dRows, d, 1, length, panels, n, d, dScores, width);
            int used = MatmulVector.paddedColumns(n);
            for (int i = 0; i < length; i++) {
                int row = key - j + i;
                int factors = keepFactors(random, row * seq + j, n, threshold, keepScale, kept);
                float sum = rowSum.get(row);
                gradients(scores, dScores, i * width, used, scale, masks, rowMax.get(row), sum == 0f ? 0f : 1f / sum, delta.get(row), factors, kept);
            }
            MatmulVector.multiply(scores, 1, width, n, dPanels, d, length, result, depth);
            store(result, depth, n, d, dv, half, first, stride);
            MatmulVector.multiply(dScores, 1, width, n, queryPanels, d, length, result, depth);
            store(result, depth, n, d, dk, half, first, stride);
            key += n;
        }
    }

    /** Turns a row of raw scores and of dout v^T into probabilities times dropout factors and gradients of raw scores. */
    private static void gradients(float[] scores, float[] dScores, int at, int width, float scale, float[] masks, float max, float inverse, float delta,
            int factors, float[] kept) {
        FloatVector scales = FloatVector.broadcast(SPECIES, scale);
        for (int j = 0; j < width; j += LANES) {
            FloatVector s = FloatVector.fromArray(SPECIES, scores, at + j).fma(scales, FloatVector.fromArray(SPECIES, masks, j));
            FloatVector p = VectorMath.exp(s.sub(max)).mul(inverse);
            FloatVector dp = FloatVector.fromArray(SPECIES, dScores, at + j);
            FloatVector pv = p;
            if (factors >= 0) {
                FloatVector factor = FloatVector.fromArray(SPECIES, kept, factors + j);
                dp = dp.mul(factor);
                pv = p.mul(factor);
            }
            pv.intoArray(scores, at + j);
            p.mul(dp.sub(delta)).mul(scales).intoArray(dScores, at + j);
        }
    }

    /** Scores become score * scale + mask; returns the largest, at least -Float.MAX_VALUE. */
    private static float scaleAndMax(float[] scores, int at, int width, float scale, float[] masks) {
        FloatVector scales = FloatVector.broadcast(SPECIES, scale);
        FloatVector max = FloatVector.broadcast(SPECIES, -Float.MAX_VALUE);
        for (int j = 0; j < width; j += LANES) {
            FloatVector s = FloatVector.fromArray(SPECIES, scores, at + j).fma(scales, FloatVector.fromArray(SPECIES, masks, j));
            s.intoArray(scores, at + j);
            max = max.max(s);
        }
        return max.reduceLanes(VectorOperators.MAX);
    }

    /** Scores become exp(score - max); returns their sum. */
    private static float exps(float[] scores, int at, int width, float max) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int j = 0; j < width; j += LANES) {
            FloatVector e = VectorMath.exp(FloatVector.fromArray(SPECIES, scores, at + j).sub(max));
            e.intoArray(scores, at + j);
            sum = sum.add(e);
        }
        return VectorMath.sum(sum);
    }

    /** Fills {@code kept} with the dropout factors of consecutive probabilities; returns where they begin, or -1 if nothing is dropped. */
    private static int keepFactors(IntArray random, int index, int count, int threshold, float keepScale, float[] kept) {
        if (threshold == Attention.KEEP_ALL) {
            return -1;
        }
        return PhiloxVector.factors(random.get(0), random.get(1), random.get(2), random.get(3), index, count, threshold, keepScale, kept);
    }

    private static float dot(float[] a, float[] b, int at, int d) {
        FloatVector sum = FloatVector.zero(SPECIES);
        int c = 0;
        for (; c + LANES <= d; c += LANES) {
            sum = FloatVector.fromArray(SPECIES, a, at + c).fma(FloatVector.fromArray(SPECIES, b, at + c), sum);
        }
        float total = VectorMath.sum(sum);
        for (; c < d; c++) {
            total = Math.fma(a[at + c], b[at + c], total);
        }
        return total;
    }

    private static void loadMask(@Nullable FloatArray mask, int at, int n, int width, float[] masks) {
        if (mask == null) {
            Arrays.fill(masks, 0, n, 0f);
        } else {
            Rows.load(mask.getSegment(), false, at, masks, 0, n);
        }
        for (int j = n; j < width; j++) {
            masks[j] = Float.NEGATIVE_INFINITY;
        }
    }

    /** n rows of d elements, {@code stride} apart, packed together. */
    private static void load(MemorySegment source, boolean half, long first, int stride, int n, int d, float[] rows) {
        for (int r = 0; r < n; r++) {
            Rows.load(source, half, first + (long) r * stride, rows, r * d, d);
        }
    }

    /** One row of d zeros. */
    private static void zero(MemorySegment target, boolean half, long first, int d, float[] room) {
        Arrays.fill(room, 0, d, 0f);
        Rows.store(room, 0, target, half, first, d);
    }

    private static void store(float[] rows, int rowStride, int n, int d, MemorySegment target, boolean half, long first, int stride) {
        for (int r = 0; r < n; r++) {
            Rows.store(rows, r * rowStride, target, half, first + (long) r * stride, d);
        }
    }
}
