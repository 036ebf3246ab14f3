// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Module;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.io.JsonFile;

/**
 * A module that puts sequences of tokens into classes: what trainer, evaluator and checkpoints ask of a model.
 *
 * <p>{@link BertForSequenceClassification} is one; extend this class for a head or an encoder of one's own. Checkpoints hold its parameters under
 * the names that it registers them with.
 */
public abstract class SequenceClassifier extends Module {
    /**
     * Logits [batch, {@link #numLogits()}].
     *
     * <p>It is recorded once for each batch shape and then replayed, so it may not read values of tensors on the host.
     */
    public abstract Variable forward(BertInputs inputs);

    /** Logits of a text: one a class, or a single one for two classes, trained by binary cross entropy. */
    public abstract int numLogits();

    /** The state of all random numbers that {@link #forward} draws, such as dropout's, which exact resumption has to restore; the same one always. */
    public abstract RandomState random();

    /**
     * The training loss, an F32 scalar: binary cross entropy of a single logit, cross entropy of more.
     *
     * @param labels  for one logit F32 [batch] of 0 and 1, else I32 [batch]
     * @param weights F32 [batch]: 1 for texts, 0 for rows that only fill up the batch
     */
    public Variable loss(Variable logits, Tensor labels, Tensor weights) {
        return numLogits() == 1 ? F.binaryCrossEntropyWithLogits(logits, labels, weights) : F.crossEntropy(logits, labels, weights);
    }

    /** The {@code config.json} that is saved beside the weights, a JSON object: here it only names the class; a subclass may add its sizes. */
    public byte[] configJson() {
        String name = getClass().getName();
        ObjectNode json = JsonFile.object().put("model_type", name);
        json.putArray("architectures").add(name);
        return JsonFile.bytes(json);
    }
}
