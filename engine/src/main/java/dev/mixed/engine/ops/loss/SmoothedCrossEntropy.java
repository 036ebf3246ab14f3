// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.softmax.SoftmaxRow;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Cross entropy with weights of classes and label smoothing (Szegedy et al., 2016), as {@code torch.nn.functional.cross_entropy} has them with the
 * reduction mean. Computed in F32 whatever the logits' type; rows of weight 0 and unknown labels are as in {@link CrossEntropy}.
 *
 * <p>With l_c = log(sum over k of exp(x_k)) - x_c, a smoothing e, C classes of the weights v and rows of the weights w and the labels y:
 * sum over rows of w ((1 - e) v_y l_y + e / C sum over c of v_c l_c), divided by the sum over rows of w v_y.
 */
public final class SmoothedCrossEntropy {
    private static final Kernel FORWARD = Kernel.of("smoothed_cross_entropy", SmoothedCrossEntropy::smoothedLosses);
    private static final Kernel BACKWARD = Kernel.of("smoothed_cross_entropy_backward", SmoothedCrossEntropy::smoothedGradients);
    private static final Kernel OF_LABELS = Kernel.of("cross_entropy_label_weights", SmoothedCrossEntropy::weightsOfLabels);
    /** Scalar operations per logit. */
    private static final long WORK = 40;

    private SmoothedCrossEntropy() {
    }

    /**
     * w v_y: the weights of rows times those of their labels' classes. With these as its weights, {@link CrossEntropy} is this loss without smoothing.
     *
     * @param labels  I32 [batch]; of no effect where the weight is 0
     * @param weights F32 [batch]
     * @param classes F32 [classes], each above 0
     * @return F32 [batch]
     */
    public static Tensor labelWeights(Tensor labels, Tensor weights, Tensor classes) {
        weights.require("cross_entropy", DType.F32);
        labels.require("cross_entropy", DType.I32).require("cross_entropy", weights.shape());
        OpCheck.rank("cross_entropy", classes.require("cross_entropy", DType.F32), 1);
        Tensor both = weights.emptyLike();
        OF_LABELS.launch().read(labels).read(weights).read(classes).write(both).ints(classes.shape().elements()).over(weights.shape().elements(), 2);
        return both;
    }

    /**
     * The loss.
     *
     * @param logits    [batch, classes], F32 or F16
     * @param labels    I32 [batch], each from 0 to classes - 1
     * @param weights   F32 [batch]
     * @param classes   F32 [classes], each above 0
     * @param smoothing from 0 to 1
     * @return an F32 scalar
     */
    public static Tensor forward(Tensor logits, Tensor labels, Tensor weights, Tensor classes, float smoothing) {
        check(logits, labels, weights, classes, smoothing);
        int count = logits.shape().last();
        Tensor losses = Tensor.empty(logits.device(), weights.shape(), DType.F32);
        FORWARD.launch().read(Cast.to(logits, DType.F32)).read(labels).read(weights).read(classes).write(losses).ints(count).floats(smoothing)
                .over(weights.shape().elements(), WORK * count);
        return WeightedMean.of(losses, labelWeights(labels, weights, classes));
    }

    /**
     * dlogits = dloss w / sum(w v_y) ((1 - e) v_y (softmax(logits) - onehot(label)) + e / C (sum(v) softmax(logits) - v)).
     *
     * @param dloss F32 scalar
     * @return [batch, classes] in the logits' type
     */
    public static Tensor backward(Tensor logits, Tensor labels, Tensor weights, Tensor classes, float smoothing, Tensor dloss) {
        check(logits, labels, weights, classes, smoothing);
        OpCheck.scalar("cross_entropy", dloss);
        int count = logits.shape().last();
        Tensor in = Cast.to(logits, DType.F32);
        Tensor dlogits = in.emptyLike();
        Tensor total = WeightedMean.total(labelWeights(labels, weights, classes));
        BACKWARD.launch().read(in).read(labels).read(weights).read(classes).read(total).read(dloss).write(dlogits).ints(count).floats(smoothing)
                .over(weights.shape().elements(), WORK * count);
        return Cast.to(dlogits, logits.dtype());
    }

    /** Refuses tensors of other shapes or types than {@link #forward} takes. */
    public static void check(Tensor logits, Tensor labels, Tensor weights, Tensor classes, float smoothing) {
        CrossEntropy.check(logits, labels, weights);
        classes.require("cross_entropy", DType.F32).require("cross_entropy", Shape.of(logits.shape().last()));
        if (!(smoothing >= 0f && smoothing <= 1f)) {
            throw new IllegalArgumentException("cross_entropy takes a label smoothing from 0 to 1, not " + smoothing);
        }
    }

    /** both[b] = weights[b] classWeights[labels[b]]; weights[b] where the label is no class, whose loss is NaN. */
    public static void weightsOfLabels(IntArray labels, FloatArray weights, FloatArray classWeights, FloatArray both, int classes, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            int label = labels.get(b);
            float weight = weights.get(b);
            if (label >= 0 && label < classes) {
                weight = weight * classWeights.get(label);
            }
            both.set(b, weight);
        }
    }

    /** weighted[b] = weights[b] ((1 - smoothing) v[y] l[y] + smoothing / classes sum over c of v[c] l[c]) with the losses l and weights v of the classes. */
    public static void smoothedLosses(FloatArray logits, IntArray labels, FloatArray weights, FloatArray classWeights, FloatArray weighted, int classes,
            float smoothing, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            int row = b * classes;
            int label = labels.get(b);
            float weight = weights.get(b);
            float max = SoftmaxRow.max(logits, row, classes);
            float sum = SoftmaxRow.sumOfExp(logits, row, classes, max);
            float log = TornadoMath.log(sum);
            float all = 0f;
            for (int c = 0; c < classes; c++) {
                all += classWeights.get(c) * (log + (max - logits.get(row + c)));
            }
            float loss = 0f;
            if (weight != 0f) {
                boolean known = label >= 0 && label < classes;
                float target = known ? classWeights.get(label) * (log + (max - logits.get(row + label))) : Float.NaN;
                loss = weight * ((1f - smoothing) * target + smoothing / classes * all);
            }
            weighted.set(b, loss);
        }
    }

    /** dlogits[b, c] = dloss weights[b] / total ((1 - smoothing) v[y] (p[c] - (c == y ? 1 : 0)) + smoothing / classes (sum(v) p[c] - v[c])). */
    public static void smoothedGradients(FloatArray logits, IntArray labels, FloatArray weights, FloatArray classWeights, FloatArray total, FloatArray dloss,
            FloatArray dlogits, int classes, float smoothing, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            int row = b * classes;
            int label = labels.get(b);
            float weight = weights.get(b);
            float max = SoftmaxRow.max(logits, row, classes);
            float sum = SoftmaxRow.sumOfExp(logits, row, classes, max);
            float ofAll = 0f;
            for (int c = 0; c < classes; c++) {
                ofAll += classWeights.get(c);
            }
            float factor = dloss.get(0) * weight / total.get(0);
            boolean known = label >= 0 && label < classes;
            float ofLabel = known ? (1f - smoothing) * classWeights.get(label) : Float.NaN;
            float spread = smoothing / classes;
            for (int c = 0; c < classes; c++) {
                float p = TornadoMath.exp(logits.get(row + c) - max) / sum;
                float target = c == label ? 1f : 0f;
                float g = factor * (ofLabel * (p - target) + spread * (ofAll * p - classWeights.get(c)));
                dlogits.set(row + c, weight != 0f ? g : 0f);
            }
        }
    }
}
