// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.functional;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.engine.ops.loss.BceWithLogits;
import dev.mixed.engine.ops.loss.BinaryCrossEntropy;
import dev.mixed.engine.ops.loss.CrossEntropy;

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
