// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.Brief;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.ClassificationMetrics;
import dev.mixed.train.metrics.MultiLabelMetrics;
import dev.mixed.train.metrics.Scores;
import dev.mixed.train.metrics.TagMetrics;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.Scheduler;
import dev.mixed.train.run.TaskKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a person who has trained many models would say of a run, a sentence each: it forbids nothing. */
public final class Advice {
    /** From this share of one class on, a model that knows no other is hardly worse than others by its accuracy. */
    private static final double ONE_SIDED = 0.95;
    /** Layers of base: from there on, a run seldom recovers from steps that are too large in its beginning. */
    private static final int DEEP = 12;
    private static final int NAMED = 5;

    private Advice() {
    }

    /** Of a run that is about to begin. */
    static List<String> of(RunOptions options, Dataset dataset, TokenizedDataset train, BertConfig config, int steps) {
        List<String> advice = new ArrayList<>();
        mostlyCut(train, config.maxPositionEmbeddings()).or(() -> train.truncationNotice(config.maxPositionEmbeddings())).ifPresent(advice::add);
        if (dataset.task() == TaskKind.CLASSIFICATION && options.loss().classWeights() == null) {
            oneSided(dataset).ifPresent(advice::add);
        }
        if (config.numHiddenLayers() >= DEEP && options.schedule().over(steps).factor(0) == 1f) {
            advice.add("The first step has the full learning rate of " + options.schedule().lr() + ", after which models of " + config.numHiddenLayers()
                    + " layers often learn nothing more; let it rise, by --warmup 0.1"
                    + (options.schedule().scheduler() == Scheduler.CONSTANT ? " and --scheduler constant_with_warmup." : "."));
        }
        return advice;
    }

    private static Optional<String> mostlyCut(TokenizedDataset train, int maxPositions) {
        if (2L * train.truncatedCount() <= train.size()) {
            return Optional.empty();
        }
        return Optional.of("Most training texts, " + train.truncatedCount() + " of " + train.size() + ", are longer than " + train.maxLength()
                + " tokens and were cut, so that the model never sees how they go on; "
                + (train.maxLength() < maxPositions ? "give a larger --length."
                        : "it has positions for no more, so give it the part of each text that matters."));
    }

    private static Optional<String> oneSided(Dataset dataset) {
        int[] counts = new int[dataset.labelNames().size()];
        for (LabeledText text : dataset.train()) {
            counts[text.label()]++;
        }
        for (int c = 0; c < counts.length; c++) {
            double share = (double) counts[c] / dataset.train().size();
            if (share >= ONE_SIDED) {
                String percent = String.format(Locale.ROOT, "%.1f %%", Math.floor(1000 * share) / 10);
                return Optional
                        .of("Of the training texts, " + percent + " are '" + Brief.of(dataset.labelNames().get(c)) + "', and a model that always says so is as"
                                + " accurate: look at macro-F1 or MCC, and try --class-weights balanced.");
            }
        }
        return Optional.empty();
    }

    /** Of classes, labels or tags that scored texts have and a model never gives; empty where there is none. */
    public static Optional<String> neverPredicted(Scores scores, boolean weighted) {
        List<String> occur = new ArrayList<>();
        List<String> never = new ArrayList<>();
        switch (scores) {
            case ClassificationMetrics metrics -> {
                for (int c = 0; c < metrics.labels().size(); c++) {
                    sort(metrics.labels().get(c), metrics.support(c), metrics.predicted(c), occur, never);
                }
            }
            case MultiLabelMetrics metrics -> {
                for (int c = 0; c < metrics.labels().size(); c++) {
                    sort(metrics.labels().get(c), metrics.support(c), metrics.predicted(c), occur, never);
                }
            }
            case TagMetrics metrics -> metrics.types().forEach((type, counts) -> sort(type, counts.support(), counts.predicted(), occur, never));
            default -> {
                // There are no classes.
            }
        }
        if (never.isEmpty()) {
            return Optional.empty();
        }
        String names = never.stream().limit(NAMED).map(name -> "'" + Brief.of(name) + "'").collect(Collectors.joining(", "))
                + (never.size() > NAMED ? " and others" : "");
        return Optional.of(
                "The model never gives " + names + ", " + never.size() + " of the " + occur.size() + " that these texts have; train longer or at another --lr"
                        + (weighted || scores instanceof MultiLabelMetrics ? "." : ", or try --class-weights balanced."));
    }

    private static void sort(String name, int support, int predicted, List<String> occur, List<String> never) {
        if (support > 0) {
            occur.add(name);
            if (predicted == 0) {
                never.add(name);
            }
        }
    }
}
