// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.train.run.TaskKind;
import java.util.List;
import java.util.function.Consumer;

/** Turns the labels of a data set's rows, as files write them, into what one task learns. */
interface TargetReader {
    /** Names of the classes or labels that targets are indices into. */
    List<String> names();

    /** What is to be learned of a row; a {@link dev.mixed.io.UserException} names its place where its label is not for this task. */
    Target target(RawRow row);

    /**
     * The reader for a task.
     *
     * @param kind  not {@link TaskKind#AUTO}
     * @param train the rows that decide which classes there are
     * @param known names of labels in an order that somebody has written down; empty for none
     */
    static TargetReader of(TaskKind kind, List<RawRow> train, List<String> known, Consumer<String> notes) {
        return switch (kind) {
            case TOKENS, MLM, EMBEDDINGS -> throw new IllegalArgumentException("no targets of this task are read from rows");
            case AUTO -> throw new IllegalArgumentException("the task is not decided yet");
            case CLASSIFICATION -> ofClasses(LabelSet.from(train.stream().map(RawRow::named).toList(), notes));
            case REGRESSION -> new ScoreTargets();
            case MULTILABEL -> ListTargets.from(train, known, notes);
        };
    }

    /** One class for each text. */
    static TargetReader ofClasses(LabelSet labels) {
        return new TargetReader() {
            @Override
            public List<String> names() {
                return labels.names();
            }

            @Override
            public Target target(RawRow row) {
                return labels.resolve(row.named()).target();
            }
        };
    }

    /** All rows of a split with their targets. */
    default List<LabeledText> read(List<RawRow> rows) {
        return rows.stream().map(row -> new LabeledText(row.text(), row.pair(), target(row))).toList();
    }
}
