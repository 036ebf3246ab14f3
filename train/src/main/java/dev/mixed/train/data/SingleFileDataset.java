// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Splits one file within each label, by seed: 80/10/10, but at least one text of each label for validation and one for test. */
final class SingleFileDataset {
    /** Share of a label's texts for validation, and again for test. */
    static final float HELD_OUT_SHARE = 0.1f;

    /** How far the share of a part may be from that, before it is worth a notice. */
    private static final float OTHER_SHARE = 0.02f;

    private SingleFileDataset() {}

    static Dataset read(Path file, long seed, DataReader reader, TaskKind kind, Consumer<String> notes) {
        List<RawRow> rows = reader.rows(file);
        TaskKind task = TaskDetection.of(kind, rows, reader.labelColumns(), file.toString(), notes);
        reader.check(task, rows);
        reader.tell(file.toString(), notes);
        return split(file.toString(), task, rows, reader.labelColumns(), seed, notes);
    }

    static Dataset split(String name, TaskKind task, List<RawRow> rows, List<String> known, long seed, Consumer<String> notes) {
        TargetReader targets = TargetReader.of(task, rows, known, notes);
        // What is no class has no parts that each split would need.
        List<String> strata = task == TaskKind.CLASSIFICATION ? targets.names() : List.of("");
        List<List<Integer>> byLabel = new ArrayList<>();
        strata.forEach(label -> byLabel.add(new ArrayList<>()));
        for (int i = 0; i < rows.size(); i++) {
            Target target = targets.target(rows.get(i));
            byLabel.get(target instanceof Target.OfClass(int index) ? index : 0).add(i);
        }
        int[] split = new int[rows.size()];
        for (int label = 0; label < byLabel.size(); label++) {
            List<Integer> members = byLabel.get(label);
            if (members.size() < 3) {
                throw new UserException(
                        "%s: %s too few texts (%d) to split into train, validation and test; add some, or give the splits as files."
                                .formatted(name, strata.get(label).isEmpty() ? "it has" : "the label '" + Brief.of(strata.get(label)) + "' has",
                                        members.size()));
            }
            int heldOut = Math.max(1, Math.round(members.size() * HELD_OUT_SHARE));
            int[] order = Shuffle.permutation(members.size(), seed, label);
            for (int i = 0; i < 2 * heldOut; i++) {
                split[members.get(order[i])] = i < heldOut ? 1 : 2;
            }
        }
        List<List<RawRow>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < rows.size(); i++) {
            parts.get(split[i]).add(rows.get(i));
        }
        if (Math.abs((float) parts.get(1).size() / rows.size() - HELD_OUT_SHARE) > OTHER_SHARE) {
            notes.accept(
                    "%s is split into %d texts for training, %d for validation and %d for test, not 80/10/10: each label has at least one text in each part."
                            .formatted(name, parts.get(0).size(), parts.get(1).size(), parts.get(2).size()));
        }
        // The training part has every label, so that its classes are those of the whole file.
        return SplitFilesFolder.of(name, task, parts, task == TaskKind.MULTILABEL ? targets.names() : List.of(), notice -> {});
    }
}
