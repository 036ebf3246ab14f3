// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.Tensor;

/**
 * A module that puts sequences of tokens into classes: {@link #forward} gives logits [batch, {@link #numLogits()}].
 *
 * <p>{@link BertForSequenceClassification} is one; extend this class for a head or an encoder of one's own.
 */
public abstract class SequenceClassifier extends SequenceModel {
    /** Logits of a text: one a class, or a single one for two classes, trained by binary cross entropy. */
    public abstract int numLogits();

    /**
     * The training loss, an F32 scalar: binary cross entropy of a single logit, cross entropy of more.
     *
     * @param labels  for one logit F32 [batch] of 0 and 1, else I32 [batch]
     * @param weights F32 [batch]: 1 for texts, 0 for rows that only fill up the batch
     */
    public Variable loss(Variable logits, Tensor labels, Tensor weights) {
        return numLogits() == 1 ? F.binaryCrossEntropyWithLogits(logits, labels, weights) : F.crossEntropy(logits, labels, weights);
    }
}
