// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.engine.ops.loss.BceWithLogits;
import dev.mixed.engine.ops.loss.BinaryCrossEntropy;
import dev.mixed.engine.ops.loss.CrossEntropy;
import dev.mixed.engine.ops.loss.SmoothedCrossEntropy;
import dev.mixed.engine.ops.pointwise.Elementwise;
import org.jspecify.annotations.Nullable;

/** Losses as weighted means over the batch: sum(weight * loss) / sum(weight). */
final class LossOp {
    private LossOp() {
    }

    static Variable crossEntropy(Variable logits, Tensor labels, Tensor weights) {
        CrossEntropy.check(logits.data(), labels, weights);
        InputChecks.classLabels("cross_entropy", labels, weights, logits.shape().last());
        Tensor counted = CrossEntropy.counted(labels, weights);
        Tensor loss = CrossEntropy.forward(logits.data(), labels, counted);
        return Variable.result("cross_entropy", loss, (dy, grads) -> grads.add(0, CrossEntropy.backward(logits.data(), labels, counted, dy)), logits);
    }

    static Variable crossEntropy(Variable logits, Tensor labels, Tensor weights, @Nullable Tensor classWeights, float smoothing) {
        CrossEntropy.check(logits.data(), labels, weights);
        int classes = logits.shape().last();
        InputChecks.classLabels("cross_entropy", labels, weights, classes);
        Tensor each = classWeights == null ? Elementwise.fill(logits.device(), Shape.of(classes), DType.F32, 1f) : classWeights;
        SmoothedCrossEntropy.check(logits.data(), labels, weights, each, smoothing);
        InputChecks.classWeights("cross_entropy", each);
        Tensor counted = CrossEntropy.counted(labels, weights);
        if (smoothing == 0f) {
            Tensor both = SmoothedCrossEntropy.labelWeights(labels, counted, each);
            Tensor loss = CrossEntropy.forward(logits.data(), labels, both);
            return Variable.result("cross_entropy", loss, (dy, grads) -> grads.add(0, CrossEntropy.backward(logits.data(), labels, both, dy)), logits);
        }
        Tensor loss = SmoothedCrossEntropy.forward(logits.data(), labels, counted, each, smoothing);
        return Variable.result("cross_entropy", loss,
                (dy, grads) -> grads.add(0, SmoothedCrossEntropy.backward(logits.data(), labels, counted, each, smoothing, dy)), logits);
    }

    static Variable bceWithLogits(Variable logits, Tensor labels, Tensor weights) {
        BceWithLogits.check(logits.data(), labels, weights);
        InputChecks.binaryLabels("binary_cross_entropy_with_logits", labels, weights);
        Tensor loss = BceWithLogits.forward(logits.data(), labels, weights);
        return Variable.result("binary_cross_entropy_with_logits", loss,
                (dy, grads) -> grads.add(0, BceWithLogits.backward(logits.data(), labels, weights, dy)), logits);
    }

    static Variable bce(Variable probabilities, Tensor labels, Tensor weights) {
        BinaryCrossEntropy.check(probabilities.data(), labels, weights);
        InputChecks.binaryLabels("binary_cross_entropy", labels, weights);
        Tensor loss = BinaryCrossEntropy.forward(probabilities.data(), labels, weights);
        return Variable.result("binary_cross_entropy", loss,
                (dy, grads) -> grads.add(0, BinaryCrossEntropy.backward(probabilities.data(), labels, weights, dy)), probabilities);
    }
}
