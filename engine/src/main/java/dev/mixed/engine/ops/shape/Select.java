// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The first position of each sequence: BERT's [CLS] row; of a padded batch, or of texts that stand one after the other. */
public final class Select {
    private static final KernelPair FIRST = new KernelPair(Kernel.of("select_first.f32", Select::selectFirst),
            Kernel.of("select_first.f16", SelectHalf::selectFirst));
    static final KernelPair FIRST_BACKWARD = new KernelPair(Kernel.of("select_first_backward.f32", Select::selectFirstBackward),
            Kernel.of("select_first_backward.f16", SelectHalf::selectFirstBackward)).named(FirstBackward.class);
    private static final KernelPair FIRST_OF_TEXTS = new KernelPair(Kernel.of("select_first_of_texts.f32", Select::selectFirstOfTexts),
            Kernel.of("select_first_of_texts.f16", SelectHalf::selectFirstOfTexts));
    static final KernelPair FIRST_OF_TEXTS_BACKWARD = new KernelPair(
            Kernel.of("select_first_of_texts_backward.f32", Select::selectFirstOfTextsBackward),
            Kernel.of("select_first_of_texts_backward.f16", SelectHalf::selectFirstOfTextsBackward)).named(FirstOfTextsBackward.class);

    private Select() {
    }

    /** The arguments of {@link #FIRST_BACKWARD}: dy [batch, hidden], dx [batch, seq, hidden]. */
    record FirstBackward(Buffer dy, Buffer dx, int seq, int hidden) {
    }

    /** The arguments of {@link #FIRST_OF_TEXTS_BACKWARD}: dy [texts, hidden], starts [texts + 1], dx [tokens, hidden]. */
    record FirstOfTextsBackward(Buffer dy, Buffer starts, Buffer dx, int texts, int hidden) {
    }

    /** x[:, 0, :] of x [batch, seq, hidden], F32 or F16, as [batch, hidden]. */
    public static Tensor first(Tensor x) {
        OpCheck.floating("select_first", x);
        OpCheck.rank("select_first", x, 3);
        int hidden = x.shape().dim(2);
        Tensor y = Tensor.empty(x.device(), Shape.of(x.shape().dim(0), hidden), x.dtype());
        FIRST.of(x.dtype()).launch().read(x).write(y).ints(x.shape().dim(1), hidden).over(y.shape().elements(), 1);
        return y;
    }

    /** dx [batch, seq, hidden]: dy [batch, hidden] at position 0, zeros elsewhere. */
    public static Tensor firstBackward(Tensor dy, int seq) {
        OpCheck.floating("select_first_backward", dy);
        OpCheck.rank("select_first_backward", dy, 2);
        int hidden = dy.shape().dim(1);
        Tensor dx = Tensor.empty(dy.device(), Shape.of(dy.shape().dim(0), seq, hidden), dy.dtype());
        FIRST_BACKWARD.of(dy.dtype()).launch().read(dy).write(dx).ints(seq, hidden).over(dx.shape().elements() / hidden, hidden);
        return dx;
    }

    /**
     * The first token of each text in x [tokens, hidden] or [1, tokens, hidden], F32 or F16, as [texts, hidden]; zeros for a text without tokens.
     *
     * @param starts I32 [texts + 1], as in {@link dev.mixed.engine.ops.attention.VarlenAttention}
     */
    public static Tensor firstOfTexts(Tensor x, Tensor starts) {
        OpCheck.floating("select_first", x);
        Shape shape = x.shape();
        if (shape.rank() != 2 && (shape.rank() != 3 || shape.dim(0) != 1)) {
            throw new IllegalArgumentException("select_first takes a tensor of shape [tokens, hidden] or [1, tokens, hidden], not " + shape);
        }
        OpCheck.rank("select_first", starts.require("select_first", DType.I32), 1);
        int tokens = shape.dim(shape.rank() - 2);
        int hidden = shape.dim(shape.rank() - 1);
        InputChecks.textStarts("select_first", starts, tokens, tokens);
        Tensor y = Tensor.empty(x.device(), Shape.of(starts.shape().dim(0) - 1, hidden), x.dtype());
        FIRST_OF_TEXTS.of(x.dtype()).launch().read(x).read(starts).write(y).ints(hidden).over(y.shape().elements(), 1);
        return y;
    }

    /** dx of {@code shape}, that of x: dy [texts, hidden] at the first token of each text, zeros elsewhere. */
    public static Tensor firstOfTextsBackward(Tensor dy, Tensor starts, Shape shape) {
        OpCheck.floating("select_first_backward", dy);
        OpCheck.rank("select_first_backward", dy, 2);
        int hidden = dy.shape().dim(1);
        Tensor dx = Tensor.empty(dy.device(), shape, dy.dtype());
        FIRST_OF_TEXTS_BACKWARD.of(dy.dtype()).launch().read(dy).read(starts).write(dx).ints(dy.shape().dim(0), hidden)
                .over(dx.shape().elements() / hidden, hidden);
        return dx;
    }

    /** y[t][j] = x[starts[t]][j], or 0 for a text without tokens; one element per index. */
    public static void selectFirstOfTexts(@AlsoHalf FloatArray x, IntArray starts, @AlsoHalf FloatArray y, int hidden, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int text = e / hidden;
            int start = starts.get(text);
            float v = 0f;
            if (starts.get(text + 1) > start) {
                v = x.get(start * hidden + e - text * hidden);
            }
            y.set(e, v);
        }
    }

    /** dx[i] = dy[t] where text t starts at token i and has tokens, else 0; one token per index. */
    public static void selectFirstOfTextsBackward(@AlsoHalf FloatArray dy, IntArray starts, @AlsoHalf FloatArray dx, int texts, int hidden, int from,
            int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int token = from + i;
            int text = -1;
            for (int t = 0; t < texts; t++) {
                if (starts.get(t) == token) {
                    // Of several texts that start here, the last alone can have tokens.
                    text = starts.get(t + 1) > token ? t : -1;
                }
            }
            for (int j = 0; j < hidden; j++) {
                float v = 0f;
                if (text >= 0) {
                    v = dy.get(text * hidden + j);
                }
                dx.set(token * hidden + j, v);
            }
        }
    }

    /** y[b][j] = x[b][0][j]; one element per index. Halves pass through float, which is exact. */
    public static void selectFirst(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int seq, int hidden, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int batch = e / hidden;
            y.set(e, x.get(batch * (seq - 1) * hidden + e));
        }
    }

    /** dx[b][t] = t == 0 ? dy[b] : 0; one row per index. */
    public static void selectFirstBackward(@AlsoHalf FloatArray dy, @AlsoHalf FloatArray dx, int seq, int hidden, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = from + i;
            int batch = row / seq;
            boolean first = row % seq == 0;
            for (int j = 0; j < hidden; j++) {
                float v = 0f;
                if (first) {
                    v = dy.get(batch * hidden + j);
                }
                dx.set(row * hidden + j, v);
            }
        }
    }
}
