// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.UserException;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Data sets of texts of which nothing else is learned than their words: lines of text, or the texts of any other file, labels aside. */
final class PlainTexts {
    private static final List<String> ENDINGS = Stream.concat(Stream.of(".txt"), DataFormat.endings().stream()).toList();

    private PlainTexts() {
    }

    /** A folder with a train and a validation file, and perhaps a test file, or one file that is split by seed: 80/10/10. */
    static Dataset read(Path path, long seed, DataColumns columns, Consumer<String> notes) {
        if (!Dataset.isFolderOfSplits(path)) {
            return of(path, HeldOutShares.of(path, texts(path, columns, notes), "texts", seed));
        }
        List<List<LabeledText>> splits = new ArrayList<>();
        for (List<String> stems : List.of(List.of("train", "train_text"), List.of("validation", "val", "dev", "valid", "val_text"),
                List.of("test", "test_text"))) {
            List<Path> found = stems.stream().flatMap(stem -> ENDINGS.stream().map(ending -> path.resolve(stem + ending))).filter(Files::exists).toList();
            if (found.size() > 1) {
                throw new UserException("%s and %s are both there and mean the same split; keep one of them.".formatted(found.get(0), found.get(1)));
            }
            if (found.isEmpty() && splits.size() < 2) {
                throw new UserException(path + " has no " + stems.getFirst() + " file; give train, validation and test files such as train.txt, or one file.");
            }
            splits.add(found.isEmpty() ? List.of() : texts(found.getFirst(), columns, notes));
        }
        return of(path, splits);
    }

    /** The texts of a file, without blank ones; of pairs both. */
    static List<LabeledText> texts(Path file, DataColumns columns, Consumer<String> notes) {
        List<LabeledText> rows = TokenFile.isOne(file, columns) ? TokenData.words(file, columns) : Dataset.readRows(file, columns, notes);
        List<LabeledText> texts = rows.stream().flatMap(row -> Stream.of(row.text(), row.pair())).filter(Objects::nonNull).filter(text -> !text.isBlank())
                .map(text -> new LabeledText(text, null, Target.UNKNOWN)).toList();
        if (texts.isEmpty()) {
            throw new UserException(file + " holds no text; write one a line.");
        }
        return texts;
    }

    private static Dataset of(Path path, List<List<LabeledText>> splits) {
        return new Dataset(path.toString(), TaskKind.MLM, BertConfig.UNNAMED, splits.get(0), splits.get(1), splits.get(2));
    }
}
