// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.Tensor;

/**
 * What a {@link SequenceModel} is besides that puts sequences of tokens into classes: its {@link SequenceModel#forward} gives logits [batch,
 * {@link #numLogits()}].
 *
 * <p>{@link BertForSequenceClassification} is one; for a head or an encoder of one's own, extend {@link SequenceModel} and implement this.
 */
public interface SequenceClassifier {
    /** Logits of a text: one a class, or a single one for two classes, trained by binary cross entropy. */
    int numLogits();

    /**
     * The training loss, an F32 scalar: binary cross entropy of a single logit, cross entropy of more.
     *
     * @param labels  for one logit F32 [batch] of 0 and 1, else I32 [batch]
     * @param weights F32 [batch]: 1 for texts, 0 for rows that only fill up the batch
     */
    default Variable loss(Variable logits, Tensor labels, Tensor weights) {
        return numLogits() == 1 ? F.binaryCrossEntropyWithLogits(logits, labels, weights) : F.crossEntropy(logits, labels, weights);
    }
}
