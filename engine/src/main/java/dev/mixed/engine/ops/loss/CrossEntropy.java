// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.softmax.SoftmaxRow;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Cross entropy of class labels under softmax(logits), as a weighted mean over the batch. Computed in F32 whatever the logits' type.
 *
 * <p>A row of weight 0 counts for nothing, whatever its logits and label. In other rows a label outside of the classes makes the loss NaN:
 * a kernel can't throw.
 */
public final class CrossEntropy {
    static final Kernel FORWARD = Kernel.of("cross_entropy", CrossEntropy::losses).named(Losses.class);
    static final Kernel BACKWARD = Kernel.of("cross_entropy_backward", CrossEntropy::gradients).named(Gradients.class);
    private static final Kernel COUNTED = Kernel.of("cross_entropy_counted", CrossEntropy::countedWeights);
    /** Scalar operations per logit. */
    private static final long WORK = 30;

    private CrossEntropy() {
    }

    /** The arguments of {@link #FORWARD}, a row to an item. */
    record Losses(Buffer logits, Buffer labels, Buffer weights, Buffer weighted, int classes) {
    }

    /** The arguments of {@link #BACKWARD}, a row to an item. */
    record Gradients(Buffer logits, Buffer labels, Buffer weights, Buffer total, Buffer dloss, Buffer dlogits, int classes) {
    }

    /**
     * The weights with 0 for rows of the label -100, PyTorch's {@code ignore_index}: with these, {@link #forward} and {@link #backward} leave such rows out.
     *
     * @param labels  I32 [batch]
     * @param weights F32 [batch]
     * @return F32 [batch]
     */
    public static Tensor counted(Tensor labels, Tensor weights) {
        weights.require("cross_entropy", DType.F32);
        labels.require("cross_entropy", DType.I32).require("cross_entropy", weights.shape());
        Tensor counted = weights.emptyLike();
        COUNTED.launch().read(labels).read(weights).write(counted).over(weights.shape().elements(), 1);
        return counted;
    }

    /**
     * sum(w l) / sum(w) with l = log(sum over c of exp(logits[c])) - logits[label].
     *
     * @param logits  [batch, classes], F32 or F16
     * @param labels  I32 [batch], each from 0 to classes - 1
     * @param weights F32 [batch]
     * @return an F32 scalar
     */
    public static Tensor forward(Tensor logits, Tensor labels, Tensor weights) {
        check(logits, labels, weights);
        int classes = logits.shape().last();
        Tensor losses = Tensor.empty(logits.device(), weights.shape(), DType.F32);
        FORWARD.launch().read(Cast.to(logits, DType.F32)).read(labels).read(weights).write(losses).ints(classes)
                .over(weights.shape().elements(), WORK * classes);
        return WeightedMean.of(losses, weights);
    }

    /**
     * dlogits = dloss w / sum(w) (softmax(logits) - onehot(label)).
     *
     * @param dloss F32 scalar
     * @return [batch, classes] in the logits' type
     */
    public static Tensor backward(Tensor logits, Tensor labels, Tensor weights, Tensor dloss) {
        check(logits, labels, weights);
        OpCheck.scalar("cross_entropy", dloss);
        int classes = logits.shape().last();
        Tensor in = Cast.to(logits, DType.F32);
        Tensor dlogits = in.emptyLike();
        BACKWARD.launch().read(in).read(labels).read(weights).read(WeightedMean.total(weights)).read(dloss).write(dlogits).ints(classes)
                .over(weights.shape().elements(), WORK * classes);
        return Cast.to(dlogits, logits.dtype());
    }

    /** Refuses tensors of other shapes or types than {@link #forward} takes. */
    public static void check(Tensor logits, Tensor labels, Tensor weights) {
        OpCheck.floating("cross_entropy", logits);
        OpCheck.rank("cross_entropy", logits, 2);
        Shape batch = Shape.of(logits.shape().dim(0));
        labels.require("cross_entropy", DType.I32).require("cross_entropy", batch);
        weights.require("cross_entropy", DType.F32).require("cross_entropy", batch);
    }

    /** counted[b] = labels[b] == -100 ? 0 : weights[b]. */
    public static void countedWeights(IntArray labels, FloatArray weights, FloatArray counted, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            float weight = weights.get(b);
            counted.set(b, labels.get(b) == InputChecks.IGNORED ? 0f : weight);
        }
    }

    /** weighted[b] = weights[b] (log(sum over c of exp(logits[b, c])) - logits[b, labels[b]]). */
    public static void losses(FloatArray logits, IntArray labels, FloatArray weights, FloatArray weighted, int classes, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            int row = b * classes;
            int label = labels.get(b);
            float weight = weights.get(b);
            float max = SoftmaxRow.max(logits, row, classes);
            float sum = SoftmaxRow.sumOfExp(logits, row, classes, max);
            float loss = 0f;
            if (weight != 0f) {
                boolean known = label >= 0 && label < classes;
                float target = known ? logits.get(row + label) : Float.NaN;
                loss = weight * (TornadoMath.log(sum) + (max - target));
            }
            weighted.set(b, loss);
        }
    }

    /** dlogits[b, c] = dloss weights[b] / total (softmax(logits[b])[c] - (c == labels[b] ? 1 : 0)). */
    public static void gradients(FloatArray logits, IntArray labels, FloatArray weights, FloatArray total, FloatArray dloss, FloatArray dlogits,
            int classes, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            int row = b * classes;
            int label = labels.get(b);
            float weight = weights.get(b);
            float max = SoftmaxRow.max(logits, row, classes);
            float sum = SoftmaxRow.sumOfExp(logits, row, classes, max);
            float factor = dloss.get(0) * weight / total.get(0);
            boolean known = label >= 0 && label < classes;
            for (int c = 0; c < classes; c++) {
                float p = TornadoMath.exp(logits.get(row + c) - max) / sum;
                float target = c == label ? 1f : 0f;
                float g = known ? factor * (p - target) : Float.NaN;
                dlogits.set(row + c, weight != 0f ? g : 0f);
            }
        }
    }
}
