// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.mixed.io.Brief;
import dev.mixed.io.JsonFile;
import dev.mixed.io.UserException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The shape and hyper-parameters of a BERT classifier, as in Hugging Face's {@code config.json} (which documents each field).
 * Construction checks every value; the message of the {@link UserException} is one sentence.
 *
 * @param hiddenAct         the activation as spelled in the file; {@link #activation()} is its meaning
 * @param classifierDropout dropout before the classifier; empty means {@code hiddenDropoutProb}
 * @param labels            class names by class index (the file's {@code id2label})
 * @param other             fields that miXed does not use, kept for the next {@link #toJson()}
 */
public record BertConfig(
        int vocabSize, int hiddenSize, int numHiddenLayers, int numAttentionHeads, int intermediateSize,
        String hiddenAct, double hiddenDropoutProb, double attentionProbsDropoutProb, OptionalDouble classifierDropout,
        int maxPositionEmbeddings, int typeVocabSize, double initializerRange, double layerNormEps, int padTokenId,
        List<String> labels, List<String> architectures, Map<String, JsonNode> other) {

    /** Names of the classes of a model that has none, as in {@code transformers}. */
    public static final List<String> UNNAMED = List.of("LABEL_0", "LABEL_1");

    /** Deeper than any BERT; a mistyped number of layers should not exhaust the memory. */
    private static final int MAX_LAYERS = 1000;

    /** The architecture of an encoder alone, and of miXed's own head. */
    public static final String PLAIN = "BertModel";
    /** The architecture of the head that reads the pooler's output. */
    public static final String POOLED = "BertForSequenceClassification";
    /** The architecture of a head that reads each token. */
    public static final String TOKENS = "BertForTokenClassification";
    /** The architecture of a head that guesses words. */
    public static final String WORDS = "BertForMaskedLM";
    public static final String PROBLEM = "problem_type";
    /** The {@code problem_type} of a model that puts each text into one class. */
    public static final String SINGLE_LABEL = "single_label_classification";
    /** The {@code problem_type} of a model that gives each text any number of labels. */
    public static final String MULTI_LABEL = "multi_label_classification";
    /** Where a model that gives any number of labels says above which probability it gives one, unless that is {@value #HALF}: a number, or one for each label. */
    public static final String THRESHOLD = "mixed_threshold";
    private static final double HALF = 0.5;
    /** The {@code problem_type} of a model that gives each text a number. */
    public static final String REGRESSION = "regression";

    public BertConfig {
        labels = List.copyOf(labels);
        architectures = List.copyOf(architectures);
        other = Collections.unmodifiableMap(new TreeMap<>(other));
        positive("vocab_size", vocabSize);
        positive("hidden_size", hiddenSize);
        positive("num_hidden_layers", numHiddenLayers);
        positive("num_attention_heads", numAttentionHeads);
        positive("intermediate_size", intermediateSize);
        positive("max_position_embeddings", maxPositionEmbeddings);
        positive("type_vocab_size", typeVocabSize);
        if (hiddenSize % numAttentionHeads != 0) {
            throw new UserException("hidden_size " + hiddenSize + " is not divisible by num_attention_heads " + numAttentionHeads
                    + "; choose a hidden size that is a multiple of the number of heads.");
        }
        if (numHiddenLayers > MAX_LAYERS) {
            throw new UserException("num_hidden_layers " + numHiddenLayers + " is more than " + MAX_LAYERS + "; choose fewer layers.");
        }
        int widest = Math.max(Math.max(vocabSize, maxPositionEmbeddings), Math.max(intermediateSize, Math.max(hiddenSize, typeVocabSize)));
        if ((long) widest * hiddenSize > Integer.MAX_VALUE) {
            throw new UserException("a weight of " + widest + " x hidden_size " + hiddenSize
                    + " has more than 2147483647 elements; choose smaller sizes.");
        }
        if (Activation.of(hiddenAct).isEmpty()) {
            throw new UserException("hidden_act '" + Brief.of(hiddenAct) + "' is not supported; use one of " + Activation.allSpellings() + ".");
        }
        probability("hidden_dropout_prob", hiddenDropoutProb);
        probability("attention_probs_dropout_prob", attentionProbsDropoutProb);
        if (classifierDropout.isPresent()) {
            probability("classifier_dropout", classifierDropout.getAsDouble());
        }
        // Compared as floats, in which the model computes: 1e-50 would be zero there.
        if (!((float) layerNormEps > 0) || !Float.isFinite((float) layerNormEps)) {
            throw new UserException("layer_norm_eps " + layerNormEps + " must be a small positive number, usually 1e-12.");
        }
        if (!(initializerRange >= 0) || !Float.isFinite((float) initializerRange)) {
            throw new UserException("initializer_range " + initializerRange + " must be 0 or a positive number, usually 0.02.");
        }
        if (padTokenId < 0 || padTokenId >= vocabSize) {
            throw new UserException("pad_token_id " + padTokenId + " is outside the vocabulary of " + vocabSize + " tokens; it is usually 0.");
        }
        LabelMap.require(labels);
        JsonNode threshold = other.get(THRESHOLD);
        if (threshold != null && !isThreshold(threshold) && !(threshold.isArray() && threshold.size() == labels.size()
                && IntStream.range(0, threshold.size()).allMatch(c -> isThreshold(threshold.get(c))))) {
            throw new UserException(
                    THRESHOLD + " " + Brief.of(threshold.toString()) + " must be a probability above 0 and below 1, or a list with one for each of"
                            + " the " + labels.size() + " labels; restore it, or delete it.");
        }
        JsonNode vectors = other.get(VectorSettings.KEY);
        if (vectors != null) {
            VectorSettings.of(vectors);
        }
    }

    /** The preset's sizes with BERT's defaults: GELU, dropout 0.1, 512 positions, 2 token types, LayerNorm 1e-12, N(0, 0.02). */
    public static BertConfig of(Preset preset, int vocabSize, List<String> labels) {
        return new BertConfig(vocabSize, preset.hidden(), preset.layers(), preset.heads(), preset.intermediate(),
                "gelu", 0.1, 0.1, OptionalDouble.empty(), 512, 2, 0.02, 1e-12, 0, labels, List.of(PLAIN), Map.of());
    }

    /** Reads a {@code config.json}; every {@link UserException} names the file. */
    public static BertConfig read(Path file) {
        return ConfigJson.fromJson(file.toString(), JsonFile.read(file));
    }

    /** Reads the text of a {@code config.json}; {@code source} names it in messages. */
    public static BertConfig parse(String source, byte[] utf8) {
        return ConfigJson.fromJson(source, JsonFile.parse(source, utf8));
    }

    /**
     * A configuration read for the sake of its encoder.
     *
     * @param config       with made-up names of classes where the file's are wrong
     * @param labelProblem what is wrong with the names of its classes, which a model that gets another classifier does not need
     */
    public record Encoder(BertConfig config, Optional<UserException> labelProblem) {
    }

    /** As {@link #read}, but wrong names of classes are told rather than thrown. */
    public static Encoder readEncoder(Path file) {
        return ConfigJson.read(file.toString(), JsonFile.read(file));
    }

    /** The text of a {@code config.json} that Hugging Face reads: keys sorted, unknown fields kept. */
    public byte[] toJson() {
        return JsonFile.bytes(ConfigJson.toJson(this));
    }

    public Activation activation() {
        return Activation.of(hiddenAct).orElseThrow();
    }

    /** Width of one attention head. */
    public int headSize() {
        return hiddenSize / numAttentionHeads;
    }

    public int numLabels() {
        return labels.size();
    }

    /**
     * Whether the classifier reads the {@code [CLS]} vector through BERT's pooler, as {@code transformers}' {@code BertForSequenceClassification}
     * does: a model of that architecture. miXed's own head reads it directly.
     */
    public boolean hasPooler() {
        return architectures.contains(POOLED);
    }

    /** Whether the model guesses words, as {@code transformers}' {@code BertForMaskedLM} does: a model of that architecture. */
    public boolean hasWords() {
        return architectures.contains(WORDS);
    }

    /** Whether the model gives each text a vector: an encoder alone, whose {@value VectorSettings#KEY} say so. */
    public boolean hasVectors() {
        return architectures.equals(List.of(PLAIN)) && other.containsKey(VectorSettings.KEY);
    }

    /** What a model that {@link #hasVectors} was made for. */
    public VectorSettings vectors() {
        JsonNode settings = other.get(VectorSettings.KEY);
        if (!hasVectors() || settings == null) {
            throw new IllegalStateException("this is no configuration of a model that gives vectors");
        }
        return VectorSettings.of(settings);
    }

    /** Whether a head that guesses words decodes with the word embeddings. */
    public boolean hasTiedDecoder() {
        JsonNode tied = other.get("tie_word_embeddings");
        return tied == null || tied.asBoolean(true);
    }

    /** Whether the classifier reads each token, as {@code transformers}' {@code BertForTokenClassification} does: a model of that architecture. */
    public boolean hasTokens() {
        return architectures.contains(TOKENS);
    }

    /**
     * Outputs of the classifier. {@code transformers} has one for each class (cross entropy); miXed's own head as well, but for
     * two classes it has one in all (BCE-with-logits). Any number of labels needs one for each, and a score one.
     */
    public int numLogits() {
        return labels.size() <= 2 && !hasPooler() && !hasTokens() && !problemType().equals(MULTI_LABEL) ? 1 : labels.size();
    }

    /** What the classifier was trained for, in {@code transformers}' words; usually {@code single_label_classification}. */
    public String problemType() {
        JsonNode type = other.get(PROBLEM);
        return type != null && type.isTextual() ? type.textValue() : hasPooler() && labels.size() == 1 ? REGRESSION : SINGLE_LABEL;
    }

    private static boolean isThreshold(JsonNode number) {
        return number.isNumber() && number.doubleValue() > 0 && number.doubleValue() < 1;
    }

    /** Above which probability a model that gives any number of labels gives each, in the order of the labels. */
    public List<Double> thresholds() {
        JsonNode threshold = other.get(THRESHOLD);
        return IntStream.range(0, labels.size()).mapToObj(c -> threshold == null ? HALF : (threshold.isArray() ? threshold.get(c) : threshold).doubleValue())
                .toList();
    }

    /** The same model with another threshold for all labels, above 0 and below 1. */
    public BertConfig withThreshold(double threshold) {
        Map<String, JsonNode> fields = new TreeMap<>(other);
        fields.remove(THRESHOLD);
        if (threshold != HALF) {
            fields.put(THRESHOLD, DoubleNode.valueOf(threshold));
        }
        return withFields(fields);
    }

    /** The same model with other {@link #thresholds}, one for each label. */
    public BertConfig withThresholds(List<Double> thresholds) {
        if (thresholds.stream().distinct().count() <= 1) {
            return withThreshold(thresholds.isEmpty() ? HALF : thresholds.getFirst());
        }
        Map<String, JsonNode> fields = new TreeMap<>(other);
        ArrayNode each = JsonNodeFactory.instance.arrayNode();
        thresholds.forEach(each::add);
        fields.put(THRESHOLD, each);
        return withFields(fields);
    }

    /** Dropout probability on the {@code [CLS]} vector before the classifier. */
    public double headDropoutProb() {
        return classifierDropout.orElse(hiddenDropoutProb);
    }

    /** The preset with this number of layers, heads, hidden and intermediate size, if there is one. */
    public Optional<Preset> preset() {
        return Arrays.stream(Preset.values()).filter(p -> p.layers() == numHiddenLayers && p.hidden() == hiddenSize
                && p.heads() == numAttentionHeads && p.intermediate() == intermediateSize).findFirst();
    }

    /** The sizes in words for messages, for example {@code tiny (2 layers, hidden size 128, 2 heads)}. */
    public String describe() {
        return preset().map(Preset::label).orElse("a custom size") + " (" + numHiddenLayers + " layers, hidden size " + hiddenSize
                + ", " + numAttentionHeads + " heads)";
    }

    public BertConfig withVocabSize(int size) {
        return new BertConfig(size, hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize, hiddenAct, hiddenDropoutProb,
                attentionProbsDropoutProb, classifierDropout, maxPositionEmbeddings, typeVocabSize, initializerRange, layerNormEps,
                padTokenId, labels, architectures, other);
    }

    public BertConfig withPadTokenId(int id) {
        return new BertConfig(vocabSize, hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize, hiddenAct, hiddenDropoutProb,
                attentionProbsDropoutProb, classifierDropout, maxPositionEmbeddings, typeVocabSize, initializerRange, layerNormEps,
                id, labels, architectures, other);
    }

    /**
     * The same encoder under a classifier that puts each text into one of other classes, through the pooler or not; see {@link #hasPooler()}.
     * What the old classifier was for is forgotten.
     */
    public BertConfig withClassifier(List<String> names, boolean pooler) {
        return withHead(names, pooler ? POOLED : PLAIN);
    }

    /** The same encoder under a classifier of each token. What the old classifier was for is forgotten. */
    public BertConfig withTokens(List<String> names) {
        return withHead(names, TOKENS);
    }

    /** The same encoder under a head that guesses words, which has no classes. */
    public BertConfig withWords() {
        return withHead(UNNAMED, WORDS);
    }

    /** The same encoder alone, which gives each text a vector. */
    public BertConfig withVectors(VectorSettings settings) {
        BertConfig plain = withHead(UNNAMED, PLAIN);
        Map<String, JsonNode> fields = new TreeMap<>(plain.other);
        fields.put(VectorSettings.KEY, settings.toJson());
        return plain.withFields(fields);
    }

    /** The same model, of which nothing says that it gives vectors. */
    public BertConfig withoutVectors() {
        Map<String, JsonNode> fields = new TreeMap<>(other);
        fields.remove(VectorSettings.KEY);
        return withFields(fields);
    }

    private BertConfig withFields(Map<String, JsonNode> fields) {
        return new BertConfig(vocabSize, hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize, hiddenAct, hiddenDropoutProb,
                attentionProbsDropoutProb, classifierDropout, maxPositionEmbeddings, typeVocabSize, initializerRange, layerNormEps,
                padTokenId, labels, architectures, fields);
    }

    private BertConfig withHead(List<String> names, String architecture) {
        Map<String, JsonNode> kept = new TreeMap<>(other);
        kept.remove(PROBLEM);
        kept.remove(VectorSettings.KEY);
        kept.remove(THRESHOLD);
        return new BertConfig(vocabSize, hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize, hiddenAct, hiddenDropoutProb,
                attentionProbsDropoutProb, classifierDropout, maxPositionEmbeddings, typeVocabSize, initializerRange, layerNormEps,
                padTokenId, names, List.of(architecture), kept);
    }

    /** The same model for another {@code problem_type}; empty for none. */
    public BertConfig withProblem(String problem) {
        Map<String, JsonNode> fields = new TreeMap<>(other);
        fields.remove(PROBLEM);
        if (!problem.isEmpty()) {
            fields.put(PROBLEM, TextNode.valueOf(problem));
        }
        return withFields(fields);
    }

    /** The same model, whose classifier reads [CLS] through the pooler or directly, as its {@link #architectures} say from then on. */
    public BertConfig withPooler(boolean pooler) {
        return new BertConfig(vocabSize, hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize, hiddenAct, hiddenDropoutProb,
                attentionProbsDropoutProb, classifierDropout, maxPositionEmbeddings, typeVocabSize, initializerRange, layerNormEps,
                padTokenId, labels, List.of(pooler ? POOLED : PLAIN), other);
    }

    /** The same model with dropout {@code p} everywhere: embeddings, hidden states, attention and classifier. */
    public BertConfig withDropout(double p) {
        return new BertConfig(vocabSize, hiddenSize, numHiddenLayers, numAttentionHeads, intermediateSize, hiddenAct, p,
                p, OptionalDouble.of(p), maxPositionEmbeddings, typeVocabSize, initializerRange, layerNormEps,
                padTokenId, labels, architectures, other);
    }

    private static void positive(String name, int value) {
        if (value <= 0) {
            throw new UserException(name + " " + value + " must be at least 1; correct it.");
        }
    }

    private static void probability(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new UserException(name + " " + value + " must be at least 0 and less than 1; BERT uses 0.1.");
        }
    }
}
