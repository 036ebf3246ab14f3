// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Dropout;
import dev.mixed.autograd.nn.Embedding;
import dev.mixed.autograd.nn.Initializer;
import dev.mixed.autograd.nn.LayerNorm;
import dev.mixed.autograd.nn.Module;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.engine.ops.random.RandomState;

/** Word, token type and position embeddings, summed, normalised and dropped out. */
final class BertEmbeddings extends Module {
    private final Embedding words;
    private final Embedding positions;
    private final Embedding tokenTypes;
    private final LayerNorm norm;
    private final Dropout dropout;
    private final BertConfig config;

    BertEmbeddings(BertConfig config, Initializer init, RandomState random) {
        this.config = config;
        float std = (float) config.initializerRange();
        words = register("word_embeddings", new Embedding(init, config.vocabSize(), config.hiddenSize(), std, config.padTokenId()));
        positions = register("position_embeddings", new Embedding(init, config.maxPositionEmbeddings(), config.hiddenSize(), std, -1));
        tokenTypes = register("token_type_embeddings", new Embedding(init, config.typeVocabSize(), config.hiddenSize(), std, -1));
        norm = register("LayerNorm", new LayerNorm(init, config.hiddenSize(), (float) config.layerNormEps()));
        dropout = register("dropout", new Dropout((float) config.hiddenDropoutProb(), random));
    }

    /** The table of words, [vocabulary, hidden]. */
    Parameter words() {
        return words.weight();
    }

    /** Ids I32 [batch, seq] (positions [seq], or as the ids) to [batch, seq, hidden]. */
    Variable forward(Tensor inputIds, Tensor tokenTypeIds, Tensor positionIds) {
        InputChecks.indices("BertModel", "token id (input_ids)", inputIds, config.vocabSize());
        InputChecks.indices("BertModel", "token type (token_type_ids)", tokenTypeIds, config.typeVocabSize());
        InputChecks.indices("BertModel", "position (position_ids)", positionIds, config.maxPositionEmbeddings());
        Variable sum = F.add(words.forward(inputIds), tokenTypes.forward(tokenTypeIds));
        return dropout.forward(norm.forward(F.add(sum, positions.forward(positionIds))));
    }
}
