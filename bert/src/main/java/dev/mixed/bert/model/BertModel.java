// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Checkpoint;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.Module;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.ops.random.RandomState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** BERT's encoder (Devlin et al., 2019) without a head, with Hugging Face's parameter names. */
public final class BertModel extends Module {
    private final BertEmbeddings embeddings;
    private final int maxPositions;
    private final List<BertLayer> layers = new ArrayList<>();
    private boolean checkpointing;

    public BertModel(BertConfig config, Initializer init, RandomState random) {
        maxPositions = config.maxPositionEmbeddings();
        embeddings = register("embeddings", new BertEmbeddings(config, init, random));
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            layers.add(register("encoder.layer." + i, new BertLayer(config, init, random)));
        }
    }

    /** The table of word embeddings, [vocabulary, hidden], which a decoder may share. */
    Parameter wordEmbeddings() {
        return embeddings.words();
    }

    /** The embeddings, and then each layer. */
    List<Module> parts() {
        return Stream.concat(Stream.of(embeddings), layers.stream()).toList();
    }

    /**
     * The last hidden state, [batch, seq, hidden], or [1, tokens, hidden] of packed inputs.
     *
     * @throws IllegalArgumentException if the inputs' shapes or types do not fit each other and the model, or an id is outside of its table
     */
    public Variable forward(BertInputs inputs) {
        inputs.require(maxPositions);
        Variable hidden = embeddings.forward(inputs.inputIds(), inputs.tokenTypeIds(), inputs.positionIds());
        for (BertLayer layer : layers) {
            hidden = checkpointing && training() && hasBackward(layer, hidden) ? Checkpoint.checkpoint(in -> layer.forward(in.getFirst(), inputs), hidden)
                    : layer.forward(hidden, inputs);
        }
        return hidden;
    }

    /** Of what is frozen up to here, there is no backward pass to compute anything again for. */
    private static boolean hasBackward(BertLayer layer, Variable input) {
        return input.requiresGrad() || layer.parameters().stream().anyMatch(Parameter::requiresGrad);
    }

    /** Whether, in training, of each layer only its input is kept for the backward pass, which computes the rest again ({@link Checkpoint}). */
    public void gradientCheckpointing(boolean on) {
        checkpointing = on;
    }
}
