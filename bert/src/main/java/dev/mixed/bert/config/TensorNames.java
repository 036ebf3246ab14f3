// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Hugging Face's name and shape of every parameter of the classifier, in the order in which PyTorch would list them. */
public final class TensorNames {

    public static final String WORD_EMBEDDINGS = "bert.embeddings.word_embeddings.weight";
    public static final String CLASSIFIER_WEIGHT = "classifier.weight";
    public static final String CLASSIFIER_BIAS = "classifier.bias";

    private static final String PREFIX = "bert.";
    private static final String PREDICTIONS = "cls.predictions.";
    /** The dense layer of a head that guesses words. */
    public static final String WORDS_DENSE = PREDICTIONS + "transform.dense.weight";
    private static final String POOLER = "bert.pooler.dense";

    public static final String POOLER_WEIGHT = POOLER + ".weight";

    private TensorNames() {
    }

    /** Encoder, pooler where there is one, and classifier, or the head that guesses words, or no head where the model gives vectors. Weights of linear layers are {@code [out, in]}, embeddings {@code [rows, hidden]}, the rest {@code [size]}. */
    public static SequencedMap<String, List<Integer>> all(BertConfig config) {
        SequencedMap<String, List<Integer>> map = encoder(config);
        if (config.hasWords()) {
            words(map, config);
            return map;
        }
        if (config.hasVectors()) {
            return map;
        }
        if (config.hasPooler()) {
            linear(map, POOLER, config.hiddenSize(), config.hiddenSize());
        }
        map.put(CLASSIFIER_WEIGHT, List.of(config.numLogits(), config.hiddenSize()));
        map.put(CLASSIFIER_BIAS, List.of(config.numLogits()));
        return map;
    }

    private static void words(SequencedMap<String, List<Integer>> map, BertConfig config) {
        List<Integer> bias = List.of(config.vocabSize());
        if (config.hasTiedDecoder()) {
            map.put(PREDICTIONS + "bias", bias);
        }
        linear(map, PREDICTIONS + "transform.dense", config.hiddenSize(), config.hiddenSize());
        layerNorm(map, PREDICTIONS + "transform.LayerNorm", config.hiddenSize());
        if (!config.hasTiedDecoder()) {
            map.put(PREDICTIONS + "decoder.weight", List.of(config.vocabSize(), config.hiddenSize()));
            map.put(PREDICTIONS + "decoder.bias", bias);
        }
    }

    /** {@code BertModel} without its pooler: embeddings and layers, each name with the prefix {@code bert.}. */
    public static SequencedMap<String, List<Integer>> encoder(BertConfig config) {
        SequencedMap<String, List<Integer>> map = new LinkedHashMap<>();
        int hidden = config.hiddenSize();
        int wide = config.intermediateSize();
        map.put(WORD_EMBEDDINGS, List.of(config.vocabSize(), hidden));
        map.put("bert.embeddings.position_embeddings.weight", List.of(config.maxPositionEmbeddings(), hidden));
        map.put("bert.embeddings.token_type_embeddings.weight", List.of(config.typeVocabSize(), hidden));
        layerNorm(map, "bert.embeddings.LayerNorm", hidden);
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            String layer = layer(i);
            linear(map, layer + "attention.self.query", hidden, hidden);
            linear(map, layer + "attention.self.key", hidden, hidden);
            linear(map, layer + "attention.self.value", hidden, hidden);
            linear(map, layer + "attention.output.dense", hidden, hidden);
            layerNorm(map, layer + "attention.output.LayerNorm", hidden);
            linear(map, layer + "intermediate.dense", wide, hidden);
            linear(map, layer + "output.dense", hidden, wide);
            layerNorm(map, layer + "output.LayerNorm", hidden);
        }
        return map;
    }

    /** Whether a tensor belongs to a head on top of the encoder, rather than to {@code BertModel}. */
    public static boolean isHead(String name) {
        return !name.startsWith(PREFIX);
    }

    /** Prefix of the parameters of encoder layer {@code i}, ending in a dot. */
    public static String layer(int i) {
        return "bert.encoder.layer." + i + ".";
    }

    /** {@code kind.name} for every parameter and kind, of the parameter's shape: how optimizer moments such as {@code exp_avg} are stored. */
    public static SequencedMap<String, List<Integer>> moments(SequencedMap<String, List<Integer>> parameters, String... kinds) {
        SequencedMap<String, List<Integer>> map = new LinkedHashMap<>();
        parameters.forEach((name, shape) -> {
            for (String kind : kinds) {
                map.put(moment(kind, name), shape);
            }
        });
        return map;
    }

    /** Name under which the moment {@code kind} (for example {@code exp_avg}) of a parameter is stored. */
    public static String moment(String kind, String parameter) {
        return kind + "." + parameter;
    }

    /** Whether a file has the names of a model with a head, whose encoder's begin with {@code bert.}, rather than those of {@code BertModel} alone. */
    public static boolean isPrefixed(Collection<String> names) {
        return names.stream().anyMatch(name -> name.startsWith(PREFIX));
    }

    /**
     * The name that a file's tensor has today: with the prefix {@code bert.}, and {@code weight} and {@code bias} for the {@code gamma} and
     * {@code beta} of the norms in files of TensorFlow's descent.
     *
     * @param prefixed whether the file's names have the prefix; see {@link #isPrefixed}
     */
    public static String canonical(String name, boolean prefixed) {
        String full = !prefixed && (name.startsWith("embeddings.") || name.startsWith("encoder.") || name.startsWith("pooler.")) ? PREFIX + name : name;
        if (full.endsWith("LayerNorm.gamma")) {
            return full.substring(0, full.length() - "gamma".length()) + "weight";
        }
        return full.endsWith("LayerNorm.beta") ? full.substring(0, full.length() - "beta".length()) + "bias" : full;
    }

    /**
     * Whether a pretrained file's tensor belongs to a part that a classifier may lack: heads for other tasks, the pooler, and constants
     * that older versions of {@code transformers} stored.
     */
    public static boolean isUnused(String name) {
        return name.startsWith("cls.") || name.startsWith("qa_outputs.") || name.startsWith("bert.pooler.")
                || name.equals("bert.embeddings.position_ids") || name.equals("bert.embeddings.token_type_ids");
    }

    private static void linear(SequencedMap<String, List<Integer>> map, String name, int out, int in) {
        map.put(name + ".weight", List.of(out, in));
        map.put(name + ".bias", List.of(out));
    }

    private static void layerNorm(SequencedMap<String, List<Integer>> map, String name, int size) {
        map.put(name + ".weight", List.of(size));
        map.put(name + ".bias", List.of(size));
    }
}
