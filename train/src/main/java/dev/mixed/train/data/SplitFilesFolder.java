// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a folder with one CSV, TSV, JSONL or Parquet file for each split; labels are those of the training file. */
public final class SplitFilesFolder {
    private static final List<String> TRAIN = List.of("train");
    private static final List<String> VALIDATION = List.of("validation", "val", "dev", "valid");
    private static final List<String> TEST = List.of("test");

    private SplitFilesFolder() {}

    /** The files of a folder's splits, the last of which may be missing: train, validation and test; empty without the first two. */
    static List<Path> files(Path folder) {
        Path train = find(folder, TRAIN);
        Path validation = find(folder, VALIDATION);
        Path test = find(folder, TEST);
        return train == null || validation == null ? List.of() : test == null ? List.of(train, validation) : List.of(train, validation, test);
    }

    /** Names that the files of splits may have, their endings aside. */
    public static Set<String> names() {
        return Stream.of(TRAIN, VALIDATION, TEST).flatMap(List::stream).collect(Collectors.toSet());
    }

    /** The training file of a folder, if it has one. */
    static Optional<Path> train(Path folder) {
        return Optional.ofNullable(find(folder, TRAIN));
    }

    /** @param seed by which training texts are held out where the hub has two splits alone */
    static Dataset read(Path folder, long seed, DataReader reader, TaskKind kind, Consumer<String> notes) {
        Path train = find(folder, TRAIN);
        Path validation = find(folder, VALIDATION);
        Path test = find(folder, TEST);
        boolean converted = train != null && ParquetFile.isFolder(train);
        if (train == null || validation == null && !(converted && test != null)) {
            throw new UserException(("%s has no %s; a data folder holds train_text.txt, train_labels.txt and so on as TweetEval does, "
                    + "or train, validation and test files that end with .csv, .tsv, .jsonl, .parquet or .conll.")
                            .formatted(folder, train == null ? "train file" : "validation file"));
        }
        List<RawRow> trainRows = reader.rows(train);
        List<RawRow> validationRows = validation == null ? List.of() : reader.rows(validation);
        List<RawRow> testRows = test == null ? List.of() : reader.rows(test);
        TaskKind task = TaskDetection.of(kind, trainRows, reader.labelColumns(), folder.toString(), notes);
        List<List<RawRow>> splits = converted ? three(folder, task, trainRows, validationRows, testRows, seed, notes)
                : List.of(trainRows, validationRows, testRows);
        splits.forEach(rows -> reader.check(task, rows));
        reader.tell(folder.toString(), notes);
        List<String> known = task == TaskKind.MULTILABEL ? LabelList.of(folder, reader.labelColumns()) : List.of();
        return of(folder.toString(), task, splits, known, notes);
    }

    /**
     * Three splits of those that a data set on the hub has: many have no validation texts, or test texts without labels. Then the split that is left is for the
     * test, and a tenth of the training texts of each label for validation.
     */
    private static List<List<RawRow>> three(Path folder, TaskKind task, List<RawRow> train, List<RawRow> validation, List<RawRow> test, long seed,
            Consumer<String> notes) {
        List<RawRow> labelled = test;
        if (!test.isEmpty() && test.stream().allMatch(row -> row.form() == LabelForm.NULL)) {
            notes.accept("The test texts of " + folder + " have no labels and are left out.");
            labelled = List.of();
        }
        if (validation.isEmpty() == labelled.isEmpty()) {
            return List.of(train, validation, labelled);
        }
        Map<String, List<Integer>> strata = new TreeMap<>();
        for (int i = 0; i < train.size(); i++) {
            strata.computeIfAbsent(task == TaskKind.CLASSIFICATION ? train.get(i).label().strip() : "", label -> new ArrayList<>()).add(i);
        }
        boolean[] held = new boolean[train.size()];
        int number = 0;
        for (List<Integer> members : strata.values()) {
            int[] order = Shuffle.permutation(members.size(), seed, number++);
            for (int i = 0; i < Math.round(members.size() * SingleFileDataset.HELD_OUT_SHARE); i++) {
                held[members.get(order[i])] = true;
            }
        }
        List<RawRow> learned = new ArrayList<>();
        List<RawRow> chosenOn = new ArrayList<>();
        for (int i = 0; i < held.length; i++) {
            (held[i] ? chosenOn : learned).add(train.get(i));
        }
        notes.accept(
                "%s has two splits with labels: %d of its training texts are held out for validation, and its %s texts are those of the test.".formatted(folder,
                        chosenOn.size(), validation.isEmpty() ? "test" : "validation"));
        return List.of(learned, chosenOn, validation.isEmpty() ? labelled : validation);
    }

    /**
     * A data set of rows.
     *
     * @param splits train, validation and test
     * @param known  names of labels in an order that somebody has written down; empty for none
     */
    static Dataset of(String name, TaskKind task, List<List<RawRow>> splits, List<String> known, Consumer<String> notes) {
        TargetReader targets = TargetReader.of(task, splits.get(0), known, notes);
        return new Dataset(name, task, targets.names(), targets.read(splits.get(0)), targets.read(splits.get(1)), targets.read(splits.get(2)));
    }

    private static @Nullable Path find(Path folder, List<String> stems) {
        List<Path> found = new ArrayList<>();
        for (String stem : stems) {
            for (String ending : DataFormat.endings()) {
                Path file = folder.resolve(stem + ending);
                if (Files.exists(file)) {
                    found.add(file);
                }
            }
            ParquetFile.firstPart(folder, stem).ifPresent(found::add);
            if (ParquetFile.isFolder(folder.resolve(stem))) {
                found.add(folder.resolve(stem));
            }
        }
        if (found.size() > 1) {
            throw new UserException("%s and %s are both there and mean the same split; keep one of them.".formatted(found.get(0), found.get(1)));
        }
        return found.isEmpty() ? null : found.getFirst();
    }
}
