// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.train.run.TaskKind;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Tells from the training rows of a data set what is to be learned. */
final class TaskDetection {
    private static final Set<LabelForm> NUMBERS = Set.of(LabelForm.WHOLE_NUMBER, LabelForm.WHOLE_FLOAT, LabelForm.FRACTION);
    private static final Set<LabelForm> PARTS = Set.of(LabelForm.LIST, LabelForm.WHOLE_NUMBER, LabelForm.NAME);
    /** So many labels of a kind, and such a share of all, are no slip of the pen. */
    private static final int ENOUGH = 5;
    private static final double SHARE = 0.02;

    private TaskDetection() {
    }

    /**
     * The task that was asked for, or else the one that the rows are plainly for; classes where they are for none other.
     *
     * @param asked the option of the user
     * @param labelColumns columns that each stand for a label; empty where there are no such
     * @param notes told of a task that nobody has named, unless it is classification
     */
    static TaskKind of(TaskKind asked, List<RawRow> rows, List<String> labelColumns, String name, Consumer<String> notes) {
        if (asked != TaskKind.AUTO) {
            return asked;
        }
        if (rows.stream().allMatch(row -> NUMBERS.contains(row.form())) && isPlain(rows, LabelForm.FRACTION)) {
            notes.accept("The labels of " + name + " are numbers with fractions, so a score is learned for each text: --task regression.");
            return TaskKind.REGRESSION;
        }
        if (!labelColumns.isEmpty()) {
            notes.accept("Each of " + labelColumns.size() + " columns of " + name + " stands for a label: --task multilabel.");
            return TaskKind.MULTILABEL;
        }
        if (rows.stream().allMatch(row -> PARTS.contains(row.form())) && isPlain(rows, LabelForm.LIST)) {
            notes.accept("The labels of " + name + " are lists, so any number of labels is learned for each text: --task multilabel.");
            return TaskKind.MULTILABEL;
        }
        return TaskKind.CLASSIFICATION;
    }

    private static boolean isPlain(List<RawRow> rows, LabelForm form) {
        long count = rows.stream().filter(row -> row.form() == form).count();
        return count >= ENOUGH && count >= SHARE * rows.size();
    }
}
