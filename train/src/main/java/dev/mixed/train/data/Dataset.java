// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.ReadableFolder;
import dev.mixed.io.UserException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Labelled texts in three splits.
 *
 * @param name where the data came from, for messages
 * @param labelNames names of the classes; a text's label is an index into this list
 * @param train texts to learn from
 * @param validation texts to choose the epoch on
 * @param test texts for the final score; empty where a folder of CSV, TSV or JSONL files has no test file
 */
public record Dataset(String name, List<String> labelNames, List<LabeledText> train, List<LabeledText> validation, List<LabeledText> test) {
    /** Copies the lists. */
    public Dataset {
        labelNames = List.copyOf(labelNames);
        train = List.copyOf(train);
        validation = List.copyOf(validation);
        test = List.copyOf(test);
        if (labelNames.size() < 2) {
            throw new UserException("%s has only one label (%s); a classifier needs at least two."
                    .formatted(name, String.join(", ", labelNames)));
        }
        requireLabels("train", train, labelNames.size());
        requireLabels("validation", validation, labelNames.size());
        requireLabels("test", test, labelNames.size());
    }

    private static void requireLabels(String split, List<LabeledText> texts, int classes) {
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).label() >= classes) {
                throw new IllegalArgumentException("the label at index " + i + " of the " + split + " texts is " + texts.get(i).label()
                        + ", but must be from 0 to " + (classes - 1));
            }
        }
    }

    /**
     * Reads a TweetEval folder, a folder of {@code train}, {@code validation} (or {@code val}, {@code dev}) and {@code test} files in CSV, TSV or
     * JSONL, or one such file, which is then split 80/10/10 within each label.
     *
     * @param seed decides how one single file is split; not used otherwise
     * @throws UserException one sentence with file and line for whatever is wrong with the data
     */
    public static Dataset load(Path path, long seed) {
        if (!Files.exists(path)) {
            throw new UserException(path + " does not exist; name a TweetEval folder, or CSV, TSV or JSONL data.");
        }
        if (!Files.isDirectory(path)) {
            return SingleFileDataset.read(path, seed);
        }
        ReadableFolder.require(path);
        return TweetEvalFolder.isOne(path) ? TweetEvalFolder.read(path) : SplitFilesFolder.read(path);
    }

    /** The small data set that miXed ships: short reviews, negative (0) or positive (1). */
    public static Dataset bundled() {
        return BundledDataset.load();
    }

    /**
     * Every text of one CSV, TSV or JSONL file, unsplit, with the labels of a model.
     *
     * @param labelNames what the model knows; a label in the file is one of these names or, where no name matches, an index
     */
    public static List<LabeledText> readFile(Path file, List<String> labelNames) {
        LabelSet labels = LabelSet.of(labelNames);
        return LabeledFile.read(file).stream().map(row -> row.resolve(labels)).toList();
    }

    /**
     * The same texts with labels numbered as a model numbers them; a label is one of the model's names or, where no name matches, an index.
     *
     * @throws UserException if a label of this data set is unknown to the model
     */
    public Dataset withLabels(List<String> modelLabels) {
        LabelSet known = LabelSet.of(modelLabels);
        int[] index = labelNames.stream().mapToInt(label -> known.index(label, name)).toArray();
        return new Dataset(name, modelLabels, relabel(train, index), relabel(validation, index), relabel(test, index));
    }

    private static List<LabeledText> relabel(List<LabeledText> texts, int[] index) {
        return texts.stream().map(text -> new LabeledText(text.text(), index[text.label()])).toList();
    }

    /** The texts of a split, without their labels. */
    public static List<String> texts(List<LabeledText> split) {
        List<String> texts = new ArrayList<>(split.size());
        split.forEach(text -> texts.add(text.text()));
        return texts;
    }
}
