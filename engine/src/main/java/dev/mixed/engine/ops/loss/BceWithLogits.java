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
 * Binary cross entropy of labels in [0, 1] under sigmoid(logits), as a weighted mean over the batch. Computed in F32 whatever the logits' type.
 *
 * <p>A row of weight 0 counts for nothing, whatever its logit and label.
 */
public final class BceWithLogits {
    private static final Kernel FORWARD = Kernel.of("bce_with_logits", BceWithLogits::losses);
    private static final Kernel BACKWARD = Kernel.of("bce_with_logits_backward", BceWithLogits::gradients);
    private static final long WORK = 50;

    private BceWithLogits() {
    }

    /**
     * sum(w l) / sum(w) with l = max(x, 0) - x y + log(1 + exp(-|x|)), which overflows for no logit x.
     *
     * @param logits  [batch] or [batch, 1], F32 or F16
     * @param labels  F32 [batch]
     * @param weights F32 [batch]
     * @return an F32 scalar
     */
    public static Tensor forward(Tensor logits, Tensor labels, Tensor weights) {
        int batch = check(logits, labels, weights);
        Tensor losses = Tensor.empty(logits.device(), weights.shape(), DType.F32);
        FORWARD.launch().read(Cast.to(logits, DType.F32)).read(labels).read(weights).write(losses).over(batch, WORK);
        return WeightedMean.of(losses, weights);
    }

    /**
     * dlogits = dloss w / sum(w) (sigmoid(x) - y).
     *
     * @param dloss F32 scalar
     * @return the logits' shape and type
     */
    public static Tensor backward(Tensor logits, Tensor labels, Tensor weights, Tensor dloss) {
        int batch = check(logits, labels, weights);
        OpCheck.scalar("bce_with_logits", dloss);
        Tensor in = Cast.to(logits, DType.F32);
        Tensor dlogits = in.emptyLike();
        BACKWARD.launch().read(in).read(labels).read(weights).read(WeightedMean.total(weights)).read(dloss).write(dlogits).over(batch, WORK);
        return Cast.to(dlogits, logits.dtype());
    }

    /** Refuses tensors of other shapes or types than {@link #forward} takes. */
    public static int check(Tensor logits, Tensor labels, Tensor weights) {
        OpCheck.floating("bce_with_logits", logits);
        int rank = logits.shape().rank();
        if (rank != 1 && (rank != 2 || logits.shape().last() != 1)) {
            throw new IllegalArgumentException("bce_with_logits takes logits of shape [batch] or [batch, 1], not " + logits.shape());
        }
        Shape batch = Shape.of(logits.shape().elements());
        labels.require("bce_with_logits", DType.F32).require("bce_with_logits", batch);
        weights.require("bce_with_logits", DType.F32).require("bce_with_logits", batch);
        return batch.elements();
    }

    /** weighted[b] = weights[b] (max(x, 0) - x y + log(1 + exp(-|x|))). */
    public static void losses(FloatArray logits, FloatArray labels, FloatArray weights, FloatArray weighted, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            float x = logits.get(b);
            float weight = weights.get(b);
            float z = TornadoMath.exp(-TornadoMath.abs(x));
            float positive = x > 0f ? x : 0f;
            float loss = positive - x * labels.get(b) + log1p(z);
            weighted.set(b, weight != 0f ? weight * loss : 0f);
        }
    }

    /** dlogits[b] = dloss weights[b] / total (sigmoid(x) - y). */
    public static void gradients(FloatArray logits, FloatArray labels, FloatArray weights, FloatArray total, FloatArray dloss, FloatArray dlogits,
            int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int b = from + i;
            float x = logits.get(b);
            float weight = weights.get(b);
            float z = TornadoMath.exp(-TornadoMath.abs(x));
            float larger = 1f / (1f + z);
            float sigmoid = x >= 0f ? larger : z * larger;
            float g = dloss.get(0) * weight / total.get(0) * (sigmoid - labels.get(b));
            dlogits.set(b, weight != 0f ? g : 0f);
        }
    }

    /** log(1 + z) for {@code 0 <= z <= 1} without losing small z: the rounding error of 1 + z cancels (Kahan; HP-15C handbook, 1982). */
    private static float log1p(float z) {
        float u = 1f + z;
        float d = u - 1f;
        return d == 0f ? z : TornadoMath.log(u) * (z / d);
    }
}
