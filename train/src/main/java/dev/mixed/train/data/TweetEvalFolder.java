// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.io.Utf8File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads a TweetEval folder: {@code {train,val,test}_text.txt} with one text a line, {@code _labels.txt} with one label a line, and
 * {@code mapping.txt} with an index and a name a line (optional).
 */
final class TweetEvalFolder {
    private static final String MAPPING = "mapping.txt";

    private TweetEvalFolder() {}

    /** Whether any file of the layout is there, so that an incomplete folder is reported as such. */
    static boolean isOne(Path folder) {
        return Files.exists(folder.resolve("train_text.txt")) || Files.exists(folder.resolve("train_labels.txt"));
    }

    static Dataset read(Path folder, Consumer<String> notes) {
        List<LabeledRow> train = split(folder, "train");
        List<LabeledRow> validation = split(folder, "val");
        List<LabeledRow> test = split(folder, "test");
        Path mapping = folder.resolve(MAPPING);
        LabelSet labels = Files.exists(mapping) ? LabelSet.ordered(mapping(mapping)) : LabelSet.from(train, notes);
        return new Dataset(folder.toString(), labels.names(), resolve(train, labels), resolve(validation, labels), resolve(test, labels));
    }

    static List<LabeledText> resolve(List<LabeledRow> rows, LabelSet labels) {
        return rows.stream().map(labels::resolve).toList();
    }

    private static List<LabeledRow> split(Path folder, String split) {
        Path textFile = folder.resolve(split + "_text.txt");
        Path labelFile = folder.resolve(split + "_labels.txt");
        List<String> texts = Utf8File.splitLines(DataText.read(textFile));
        List<String> labels = Utf8File.splitLines(DataText.read(labelFile));
        if (texts.size() != labels.size()) {
            throw new UserException("%s has %d texts but %s has %d labels; each text needs its label on the same line."
                    .formatted(textFile, texts.size(), labelFile, labels.size()));
        }
        List<LabeledRow> rows = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            LabeledRow.requireText(LabeledRow.place(textFile.toString(), i + 1), texts.get(i));
            String place = LabeledRow.place(labelFile.toString(), i + 1);
            rows.add(new LabeledRow(place, texts.get(i), null, LabelForm.of(labels.get(i)).name(place, labels.get(i))));
        }
        return rows;
    }

    private static List<String> mapping(Path file) {
        List<String> lines = Utf8File.lines(file);
        String[] names = new String[lines.size()];
        for (int i = 0; i < lines.size(); i++) {
            String[] fields = lines.get(i).split("\t", -1);
            int index = fields[0].matches("\\d{1,9}") ? Integer.parseInt(fields[0]) : -1;
            if (fields.length < 2 || fields[1].isBlank() || index < 0 || index >= names.length || names[index] != null
                    || Arrays.asList(names).contains(fields[1].strip())) {
                throw new UserException("%s, line %d: '%s' is no mapping; write an index from 0 to %d, a tab and a name, each once."
                        .formatted(file, i + 1, Brief.of(lines.get(i)), names.length - 1));
            }
            names[index] = fields[1].strip();
        }
        return Arrays.asList(names);
    }
}
