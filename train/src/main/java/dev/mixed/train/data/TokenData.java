// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Data sets of words with tags. */
final class TokenData {
    private TokenData() {
    }

    /** A folder of a file a split, or one file that is split by seed: 80/10/10. */
    static Dataset read(Path path, List<Path> files, long seed, DataColumns columns, Consumer<String> notes) {
        List<List<TokenFile.Row>> splits = new ArrayList<>();
        files.forEach(file -> splits.add(new TokenFile(file.toString(), columns, true).read()));
        if (files.size() > 1) {
            while (splits.size() < 3) {
                splits.add(List.of());
            }
            return of(path.toString(), splits, notes);
        }
        List<TokenFile.Row> all = splits.getFirst();
        List<List<TokenFile.Row>> parts = HeldOutShares.of(path, all, "texts", seed);
        // Tags that training does not have could not be learned, but their texts are not to be lost either.
        return new Dataset(path.toString(), TaskKind.TOKENS, labels(all, notes).names(), texts(parts.get(0), labels(all, notice -> {})),
                texts(parts.get(1), labels(all, notice -> {})), texts(parts.get(2), labels(all, notice -> {})));
    }

    /** All sequences of one file with the tags of a model. */
    static List<LabeledText> readFile(Path file, List<String> labelNames, DataColumns columns, Consumer<String> notes) {
        List<TokenFile.Row> rows = new TokenFile(file.toString(), columns, true).read();
        return of(file.toString(), List.of(rows, List.of(), List.of()), notes).withLabels(labelNames, notes).train();
    }

    /** The words of a file, tags aside. */
    static List<LabeledText> words(Path file, DataColumns columns) {
        return new TokenFile(file.toString(), columns, false).read().stream().map(row -> LabeledText.ofWords(row.words(), Target.UNKNOWN)).toList();
    }

    private static Dataset of(String name, List<List<TokenFile.Row>> splits, Consumer<String> notes) {
        LabelSet labels = labels(splits.getFirst(), notes);
        return new Dataset(name, TaskKind.TOKENS, labels.names(), texts(splits.get(0), labels), texts(splits.get(1), labels), texts(splits.get(2), labels));
    }

    private static LabelSet labels(List<TokenFile.Row> rows, Consumer<String> notes) {
        List<LabeledRow> tags = new ArrayList<>();
        rows.forEach(row -> row.tags().stream().distinct().forEach(tag -> tags.add(new LabeledRow(row.place(), "-", null, tag))));
        return LabelSet.from(tags, notes);
    }

    private static List<LabeledText> texts(List<TokenFile.Row> rows, LabelSet labels) {
        return rows.stream()
                .map(row -> LabeledText.ofWords(row.words(), new Target.Tags(row.tags().stream().map(tag -> labels.index(tag, row.place())).toList())))
                .toList();
    }
}
