// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.io.UserException;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Data sets of pairs of texts that belong together, with a score each of how alike they are, or without: a {@link Target.Score} or {@link Target#UNKNOWN}. */
final class SentencePairs {
    private final DataReader reader;
    private final ScoreTargets scores = new ScoreTargets();

    SentencePairs(DataReader reader) {
        this.reader = reader;
    }

    /** A folder of a file a split, or one file that is split by seed: 80/10/10. */
    static Dataset read(Path path, long seed, DataReader reader, Consumer<String> notes) {
        SentencePairs pairs = new SentencePairs(reader);
        if (!Dataset.isFolderOfSplits(path)) {
            List<LabeledText> all = pairs.texts(path);
            reader.tell(path.toString(), notes);
            return of(path, HeldOutShares.of(path, all, "pairs", seed));
        }
        List<Path> files = SplitFilesFolder.files(path);
        if (files.isEmpty()) {
            throw new UserException(path + " has no train and validation files that end with .csv, .tsv or .jsonl; give them, or one such file.");
        }
        List<List<LabeledText>> splits = new ArrayList<>();
        files.forEach(file -> splits.add(pairs.texts(file)));
        if (splits.size() == 2) {
            splits.add(List.of());
        }
        reader.tell(path.toString(), notes);
        if (isScored(splits.get(0)) && !isScored(splits.get(1)) || !splits.get(2).isEmpty() && isScored(splits.get(1)) != isScored(splits.get(2))) {
            throw new UserException(path + " has pairs with scores in some of its files and without in others; give scores in all of them, or in none, or in"
                    + " all but the train file.");
        }
        return of(path, splits);
    }

    /** All pairs of one file. */
    List<LabeledText> texts(Path file) {
        List<LabeledText> pairs = new ArrayList<>();
        List<RawRow> rows = reader.rowsOfPairs(file);
        boolean scored = reader.labelled();
        for (RawRow row : rows) {
            if (row.pair() == null) {
                throw new UserException(row.place() + ": there is no second text; give pairs, as the columns text and text_pair or with --pair-column.");
            }
            pairs.add(new LabeledText(row.text(), row.pair(), scored ? scores.target(row) : Target.UNKNOWN));
        }
        return pairs;
    }

    /** Whether pairs have scores, which all of a file have or none. */
    static boolean isScored(List<LabeledText> pairs) {
        return !pairs.isEmpty() && pairs.getFirst().target() instanceof Target.Score;
    }

    private static Dataset of(Path path, List<List<LabeledText>> splits) {
        return new Dataset(path.toString(), TaskKind.EMBEDDINGS, BertConfig.UNNAMED, splits.get(0), splits.get(1), splits.get(2));
    }
}
