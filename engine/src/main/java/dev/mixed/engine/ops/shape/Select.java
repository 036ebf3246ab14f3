// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The first position of each sequence: BERT's [CLS] row. */
public final class Select {
    private static final KernelPair FIRST = new KernelPair(Kernel.of("select_first.f32", Select::selectFirst),
            Kernel.of("select_first.f16", SelectHalf::selectFirst));
    static final KernelPair FIRST_BACKWARD = new KernelPair(Kernel.of("select_first_backward.f32", Select::selectFirstBackward),
            Kernel.of("select_first_backward.f16", SelectHalf::selectFirstBackward)).named(FirstBackward.class);

    private Select() {
    }

    /** The arguments of {@link #FIRST_BACKWARD}: dy [batch, hidden], dx [batch, seq, hidden]. */
    record FirstBackward(Buffer dy, Buffer dx, int seq, int hidden) {
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
