// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.nn.Module;
import dev.mixed.engine.Device;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.io.JsonFile;
import java.util.List;

/**
 * A module that reads sequences of tokens: what trainer, evaluator and checkpoints ask of a model, whatever it is for.
 *
 * <p>Extend it for a head or an encoder of one's own, and implement {@link SequenceClassifier} where it tells classes. Checkpoints hold its parameters under
 * the names that it registers them with.
 */
public abstract class SequenceModel extends Module {
    /**
     * What the model says of a batch, such as logits: row r of the batch is the r-th of as many equal parts, row-major, as the batch has rows.
     *
     * <p>It is recorded once for each batch shape and then replayed, so it may not read values of tensors on the host.
     */
    public abstract Variable forward(BertInputs inputs);

    /**
     * Whether {@link #forward} takes packed inputs too, see {@link BertInputs}: then it gives a row for each text, [texts, ...], or one for all tokens,
     * [1, tokens, ...]. A model of one's own that says so must not read the attention bias, and finds each text's first token by {@link BertInputs#first}.
     */
    public boolean takesPacked() {
        return false;
    }

    /**
     * Whether packed inputs would be the fastest for {@link #forward} on a device in this precision: where users leave it open, and the model
     * {@linkplain #takesPacked takes them}, batches are packed then. By default they would not.
     */
    public boolean packsWell(Device device, Precision precision) {
        return false;
    }

    /**
     * The parts of the encoder from the input up: the embeddings, and then each layer. By them, training freezes some or gives them other learning rates; empty
     * for a model that does not say what they are.
     */
    public List<Module> encoderParts() {
        return List.of();
    }

    /**
     * Turns the recomputation of layers in the backward pass on or off, as transformers' {@code gradient_checkpointing_enable}: less memory, some third more
     * time, the same numbers. A model of one's own does so with {@link dev.mixed.autograd.Checkpoint}.
     *
     * @return whether the model now does as it is told; one that has no such layers refuses to turn it on
     */
    public boolean gradientCheckpointing(boolean on) {
        return !on;
    }

    /** The state of all random numbers that {@link #forward} draws, such as dropout's, which exact resumption has to restore; the same one always. */
    public abstract RandomState random();

    /** The {@code config.json} that is saved beside the weights, a JSON object: here it only names the class; a subclass may add its sizes. */
    public byte[] configJson() {
        String name = getClass().getName();
        ObjectNode json = JsonFile.object().put("model_type", name);
        json.putArray("architectures").add(name);
        return JsonFile.bytes(json);
    }
}
