// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Cast;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Binary cross entropy of labels in [0, 1] under probabilities, as a weighted mean over the batch. Computed in F32 whatever the probabilities'
 * type. {@link BceWithLogits} is the stable form for models: a probability that was rounded to 0 or 1 has lost its logit.
 *
 * <p>As {@code torch.nn.BCELoss}: logarithms are cut off at -100, and the gradient's denominator p (1 - p) at 1e-12. A row of weight 0 counts for
 * nothing.
 */
public final class BinaryCrossEntropy {
    private static final Kernel FORWARD = Kernel.of("binary_cross_entropy", BinaryCrossEntropy::bceLosses);
    private static final Kernel BACKWARD = Kernel.of("binary_cross_entropy_backward", BinaryCrossEntropy::bceGradients);
    private static final long WORK = 50;

    private BinaryCrossEntropy() {
    }

    /**
     * sum(w l) / sum(w) with l = -(y log(p) + (1 - y) log(1 - p)).
     *
     * @param probabilities [batch] or [batch, 1], F32 or F16, each in [0, 1]; others make the loss NaN
     * @param labels        F32 [batch]
     * @param weights       F32 [batch]
     * @return an F32 scalar
     */
    public static Tensor forward(Tensor probabilities, Tensor labels, Tensor weights) {
        int batch = check(probabilities, labels, weights);
        Tensor losses = Tensor.empty(probabilities.device(), weights.shape(), DType.F32);
        FORWARD.launch().read(Cast.to(probabilities, DType.F32)).read(labels).read(weights).write(losses).over(batch, WORK);
        return WeightedMean.of(losses, weights);
    }

    /**
     * dp = dloss w / sum(w) (p - y) / (p (1 - p)).
     *
     * @param dloss F32 scalar
     * @return the probabilities' shape and type
     */
    public static Tensor backward(Tensor probabilities, Tensor labels, Tensor weights, Tensor dloss) {
        int batch = check(probabilities, labels, weights);
        OpCheck.scalar("binary_cross_entropy", dloss);
        Tensor in = Cast.to(probabilities, DType.F32);
        Tensor dp = in.emptyLike();
        BACKWARD.launch().read(in).read(labels).read(weights).read(WeightedMean.total(weights)).read(dloss).write(dp).over(batch, WORK);
        return Cast.to(dp, probabilities.dtype());
    }

    /** Refuses tensors of other shapes or types than {@link #forward} takes. */
    public static int check(Tensor probabilities, Tensor labels, Tensor weights) {
        OpCheck.floating("binary_cross_entropy", probabilities);
        int rank = probabilities.shape().rank();
        if (rank != 1 && (rank != 2 || probabilities.shape().last() != 1)) {
            throw new IllegalArgumentException("binary_cross_entropy takes probabilities of shape [batch] or [batch, 1], not " + probabilities.shape());
        }
        Shape batch = Shape.of(probabilities.shape().elements());
        labels.require("binary_cross_entropy", DType.F32).require("binary_cross_entropy", batch);
        weights.require("binary_cross_entropy", DType.F32).require("binary_cross_entropy", batch);
        return batch.elements();
    }

    /** weighted[b] = -weights[b] (y max(log(p), -100) + (1 - y) max(log(1 - p), -100)); NaN for p outside of [0, 1]. */
    public static void bceLosses(FloatArray probabilities, FloatArray labels, FloatArray weights, FloatArray weighted, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            float p = probabilities.get(b);
            float y = labels.get(b);
            float weight = weights.get(b);
            // log(0) is -inf and is cut off like any other; the comparison is false for NaN, which stays.
            float log = TornadoMath.log(p);
            float logOther = TornadoMath.log(1f - p);
            log = log < -100f ? -100f : log;
            logOther = logOther < -100f ? -100f : logOther;
            float loss = -(y * log + (1f - y) * logOther);
            weighted.set(b, weight != 0f ? weight * loss : 0f);
        }
    }

    /** dp[b] = dloss weights[b] / total (p - y) / max(p (1 - p), 1e-12). */
    public static void bceGradients(FloatArray probabilities, FloatArray labels, FloatArray weights, FloatArray total, FloatArray dloss, FloatArray dp,
            int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            float p = probabilities.get(b);
            float weight = weights.get(b);
            float variance = p * (1f - p);
            float denominator = variance < 1e-12f ? 1e-12f : variance;
            float g = dloss.get(0) * weight / total.get(0) * (p - labels.get(b)) / denominator;
            dp.set(b, weight != 0f ? g : 0f);
        }
    }
}
