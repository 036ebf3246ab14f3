// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.scores;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A task of which the scores are compared, and where its data lie in a folder of data sets. */
public enum ScoreTask {
    SICK_ENTAILMENT("classification", "accuracy", "sick", 15, 32, "SICK_train.txt", "SICK_trial.txt", "SICK_test_annotated.txt",
            List.of("--text-column", "sentence_A", "--pair-column", "sentence_B", "--label-column", "entailment_judgment", "--head", "pooler")),
    SICK_RELATEDNESS("regression", "pearson", "sick", 15, 32, "SICK_train.txt", "SICK_trial.txt", "SICK_test_annotated.txt",
            List.of("--text-column", "sentence_A", "--pair-column", "sentence_B", "--label-column", "relatedness_score")),
    WNUT17("tokens", "f1", "wnut17", 15, 32, "train.conll", "dev.conll", "test.conll", List.of()),
    GOEMOTIONS("multilabel", "micro_f1", "goemotions-ekman", 3, 64, "train.tsv", "dev.tsv", "test.tsv", List.of());

    private static final List<String> SPLITS = List.of("train", "validation", "test");

    private final String kind;
    private final String metric;
    private final String folder;
    private final int epochs;
    private final int batch;
    private final List<String> files;
    private final List<String> options;

    ScoreTask(String kind, String metric, String folder, int epochs, int batch, String train, String validation, String test, List<String> options) {
        this.kind = kind;
        this.metric = metric;
        this.folder = folder;
        this.epochs = epochs;
        this.batch = batch;
        this.files = List.of(train, validation, test);
        this.options = options;
    }

    /** As typed, such as {@code sick-entailment}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The score that decides which epoch is best, and that is compared. */
    public String metric() {
        return metric;
    }

    /** Passes over the training texts, unless the user says otherwise. */
    int epochs() {
        return epochs;
    }

    int batch() {
        return batch;
    }

    /** Checks that the data are there. */
    public void require(Path data) {
        for (String file : files) {
            if (!Files.isRegularFile(data.resolve(folder).resolve(file))) {
                throw new UserException("'" + data.resolve(folder).resolve(file) + "' is missing, which " + label()
                        + " needs; name a folder with the sets sick, wnut17 and goemotions-ekman, or other tasks with --only.");
            }
        }
    }

    private boolean isOfNamedColumns() {
        return !options.isEmpty();
    }

    /** The folder of splits that miXed trains on: the data's own, or copies within {@code work} under the names that splits have. */
    Path splits(Path data, Path work) {
        Path from = data.resolve(folder);
        if (!isOfNamedColumns()) {
            return from;
        }
        Path copies = work.resolve(folder);
        try {
            Files.createDirectories(copies);
            for (int i = 0; i < SPLITS.size(); i++) {
                Files.copy(from.resolve(files.get(i)), copies.resolve(SPLITS.get(i) + ".tsv"), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UserException("'" + from + "' could not be copied to '" + copies + "' (" + IoReason.of(e) + "); check the space and the permissions.", e);
        }
        return copies;
    }

    /** What {@code train} is told of the task. */
    List<String> trainOptions() {
        List<String> all = new ArrayList<>(List.of("--task", kind));
        all.addAll(options);
        all.addAll(List.of("--metric", metric));
        return all;
    }

    /** What the script is told of the task. */
    void describe(Path data, ObjectNode request) {
        Path from = data.resolve(folder).toAbsolutePath();
        request.put("task", kind);
        for (int i = 0; i < SPLITS.size(); i++) {
            request.put(SPLITS.get(i), from.resolve(files.get(i)).toString());
        }
        if (this == GOEMOTIONS) {
            request.put("labels", from.resolve("labels.txt").toString());
        }
        if (isOfNamedColumns()) {
            ObjectNode columns = request.putObject("columns");
            Map.of("text", "--text-column", "pair", "--pair-column", "label", "--label-column")
                    .forEach((column, option) -> columns.put(column, options.get(options.indexOf(option) + 1)));
        }
    }
}
