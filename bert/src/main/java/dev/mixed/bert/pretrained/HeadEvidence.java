// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.io.Brief;
import dev.mixed.weights.TensorInfo;
import dev.mixed.weights.WeightFile;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a model's folder says of its head; {@link HeadRule} judges it.
 *
 * @param names        the file's {@code architectures}
 * @param kind         what these are
 * @param problem      {@code problem_type}, empty where there is none
 * @param labels       names of the classes
 * @param hidden       width of the encoder's vectors
 * @param classifier   shape of {@code classifier.weight}, empty without one
 * @param pooler       whether the file has a pooler
 * @param questions    whether it has the head of question answering
 * @param words        whether it has the head that guesses words
 * @param vectors      whether its configuration says that it gives vectors
 * @param otherHead    name of a tensor of a head that miXed does not know, empty where there is none
 */
record HeadEvidence(List<String> names, Architectures kind, String problem, List<String> labels, int hidden, Optional<List<Integer>> classifier,
        boolean pooler, boolean questions, boolean words, boolean vectors, Optional<String> otherHead) {

    private static final Pattern TAG = Pattern.compile("[BI]-.+");
    private static final Pattern TAG_OR_OUTSIDE = Pattern.compile("[BIESLUM]-.+|O|X|\\[.+]|<.+>");

    static HeadEvidence of(BertConfig config, WeightFile weights) {
        JsonNode problem = config.other().get(BertConfig.PROBLEM);
        TensorInfo classifier = weights.tensors().get(TensorNames.CLASSIFIER_WEIGHT);
        List<String> all = List.copyOf(weights.tensors().keySet());
        return new HeadEvidence(config.architectures(), Architectures.of(config.architectures()),
                problem == null || problem.isNull() ? "" : problem.isTextual() ? problem.textValue() : problem.toString(),
                config.labels(), config.hiddenSize(), classifier == null ? Optional.empty() : Optional.of(classifier.shape()),
                all.contains(TensorNames.POOLER_WEIGHT),
                all.stream().anyMatch(name -> name.startsWith("qa_outputs.")),
                all.contains(TensorNames.WORDS_DENSE),
                config.hasVectors(),
                all.stream().filter(HeadEvidence::isOtherHead).findFirst());
    }

    private static boolean isOtherHead(String name) {
        return TensorNames.isHead(name) && !TensorNames.isUnused(name) && !name.equals(TensorNames.CLASSIFIER_WEIGHT)
                && !name.equals(TensorNames.CLASSIFIER_BIAS);
    }

    /** Whether the classes are those of words in a sentence, such as B-PER, I-PER and O. */
    boolean hasTags() {
        return labels.stream().anyMatch(l -> TAG.matcher(l).matches()) && labels.stream().allMatch(l -> TAG_OR_OUTSIDE.matcher(l).matches());
    }

    /** Whether the classifier reads vectors of the encoder's width. */
    boolean fitsEncoder() {
        return classifier.isPresent() && classifier.get().size() == 2 && classifier.get().get(1) == hidden;
    }

    /** Outputs of the classifier; -1 without one. */
    int outputs() {
        return classifier.isPresent() && !classifier.get().isEmpty() ? classifier.get().get(0) : -1;
    }

    /** Outputs that miXed's own head has for these classes. */
    int ownOutputs() {
        return labels.size() == 2 && !isMultiLabel() ? 1 : labels.size();
    }

    boolean isRegression() {
        return problem.equals(BertConfig.REGRESSION);
    }

    boolean isMultiLabel() {
        return problem.equals(BertConfig.MULTI_LABEL);
    }

    /** {@code architectures} in words. */
    String architecture() {
        return names.isEmpty() ? "no architectures" : "architectures " + String.join(", ", names.stream().map(Brief::of).toList());
    }
}
