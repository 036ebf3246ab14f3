// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.Brief;
import dev.mixed.io.ShellWord;
import dev.mixed.io.UserException;
import dev.mixed.weights.WeightFile;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Which head a model has.
 *
 * @param head    what miXed computes of it
 * @param refusal what is wrong and the remedy, as the end of a sentence about the model; empty where there is a head
 * @param note    what the user should know of the choice
 */
public record HeadDecision(Head head, String refusal, Optional<String> note) {
    /** What {@link HeadRule} says of a model with this configuration and these tensors. */
    static HeadDecision of(BertConfig config, WeightFile weights) {
        HeadEvidence evidence = HeadEvidence.of(config, weights);
        HeadRule rule = HeadRule.of(evidence);
        Optional<String> note = rule == HeadRule.POOLER
                ? Optional.of("'" + weights.file() + "' has a pooler and a classifier but " + Brief.of(evidence.architecture())
                        + " in its configuration: read as " + BertConfig.POOLED + ".")
                : Optional.empty();
        return new HeadDecision(rule.head(), rule.refusal(evidence), note);
    }

    /** Of a model whose classes have no names that can be read. */
    static HeadDecision withoutLabels(UserException problem) {
        return new HeadDecision(Head.NONE, "has no usable names of classes: " + problem.getMessage().replaceFirst("\\.$", ""), Optional.empty());
    }

    /** A {@link UserException} that says what the model in {@code folder} is, unless it is a classifier of texts. */
    void require(Path folder) {
        if (head == Head.NONE) {
            throw new UserException("The model in '" + folder + "' " + refusal.replace(HeadRule.TRAIN, "./mixed train --model " + ShellWord.of(folder)) + ".");
        }
    }
}
