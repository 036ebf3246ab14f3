package dev.mixed.engine.ops.shape;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Elementwise;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** The first position of each sequence: BERT's [CLS] row. */
public final class Select {
    private static final Kernel FIRST_F32 = Kernel.of("select_first.f32", Select::selectFirst);
    private static final Kernel FIRST_F16 = Kernel.of("select_first.f16", Select::selectFirstHalf);
    private static final Kernel BACKWARD_F32 = Kernel.of("select_first_backward.f32", Select::selectFirstBackward);
    private static final Kernel BACKWARD_F16 = Kernel.of("select_first_backward.f16", Select::selectFirstBackwardHalf);

    private Select() {
    }

    /** x[:, 0, :] of x [batch, seq, hidden], F32 or F16, as [batch, hidden]. */
    public static Tensor first(Tensor x) {
        OpCheck.floating("select_first", x);
        OpCheck.rank("select_first", x, 3);
        int hidden = x.shape().dim(2);
        Tensor y = Tensor.empty(x.device(), Shape.of(x.shape().dim(0), hidden), x.dtype());
        (Elementwise.isHalf(x) ? FIRST_F16 : FIRST_F32).launch().read(x).write(y).ints(x.shape().dim(1), hidden).over(y.shape().elements(), 1);
        return y;
    }

    /** dx [batch, seq, hidden]: dy [batch, hidden] at position 0, zeros elsewhere. */
    public static Tensor firstBackward(Tensor dy, int seq) {
        OpCheck.floating("select_first_backward", dy);
        OpCheck.rank("select_first_backward", dy, 2);
        int hidden = dy.shape().dim(1);
        Tensor dx = Tensor.empty(dy.device(), Shape.of(dy.shape().dim(0), seq, hidden), dy.dtype());
        (Elementwise.isHalf(dy) ? BACKWARD_F16 : BACKWARD_F32).launch().read(dy).write(dx).ints(seq, hidden).over(dx.shape().elements() / hidden, hidden);
        return dx;
    }

    /** y[b][j] = x[b][0][j]; one element per index. */
    public static void selectFirst(FloatArray x, FloatArray y, int seq, int hidden, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int batch = e / hidden;
            y.set(e, x.get(batch * (seq - 1) * hidden + e));
        }
    }

    /** {@link #selectFirst} on half storage; through float, which is exact. */
    public static void selectFirstHalf(HalfFloatArray x, HalfFloatArray y, int seq, int hidden, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            int batch = e / hidden;
            float v = x.get(batch * (seq - 1) * hidden + e).getFloat32();
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** dx[b][t] = t == 0 ? dy[b] : 0; one row per index. */
    public static void selectFirstBackward(FloatArray dy, FloatArray dx, int seq, int hidden, int from, int count) {
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

    /** {@link #selectFirstBackward} on half storage. */
    public static void selectFirstBackwardHalf(HalfFloatArray dy, HalfFloatArray dx, int seq, int hidden, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int row = from + i;
            int batch = row / seq;
            boolean first = row % seq == 0;
            for (int j = 0; j < hidden; j++) {
                float v = 0f;
                if (first) {
                    v = dy.get(batch * hidden + j).getFloat32();
                }
                HalfFloat h = new HalfFloat(v);
                dx.set(row * hidden + j, h);
            }
        }
    }
}
