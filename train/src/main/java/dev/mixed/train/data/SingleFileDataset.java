// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import dev.mixed.train.run.DataColumns;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Splits one file within each label, by seed: 80/10/10, but at least one text of each label for validation and one for test. */
final class SingleFileDataset {
    /** Share of a label's texts for validation, and again for test. */
    private static final float HELD_OUT_SHARE = 0.1f;

    /** How far the share of a part may be from that, before it is worth a notice. */
    private static final float OTHER_SHARE = 0.02f;

    private SingleFileDataset() {}

    static Dataset read(Path file, long seed, DataColumns columns, Consumer<String> notes) {
        DataReader reader = new DataReader(columns);
        List<LabeledRow> rows = reader.labelled(file);
        reader.tell(file.toString(), notes);
        return split(file.toString(), rows, seed, notes);
    }

    static Dataset split(String name, List<LabeledRow> rows, long seed, Consumer<String> notes) {
        LabelSet labels = LabelSet.from(rows, notes);
        List<List<Integer>> byLabel = new ArrayList<>();
        labels.names().forEach(label -> byLabel.add(new ArrayList<>()));
        for (int i = 0; i < rows.size(); i++) {
            byLabel.get(labels.index(rows.get(i).label(), rows.get(i).place())).add(i);
        }
        int[] split = new int[rows.size()];
        for (int label = 0; label < byLabel.size(); label++) {
            List<Integer> members = byLabel.get(label);
            if (members.size() < 3) {
                throw new UserException(
                        "%s: the label '%s' has too few texts (%d) to split into train, validation and test; add some, or give the splits as files."
                                .formatted(name, Brief.of(labels.names().get(label)), members.size()));
            }
            int heldOut = Math.max(1, Math.round(members.size() * HELD_OUT_SHARE));
            int[] order = Shuffle.permutation(members.size(), seed, label);
            for (int i = 0; i < 2 * heldOut; i++) {
                split[members.get(order[i])] = i < heldOut ? 1 : 2;
            }
        }
        List<List<LabeledRow>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < rows.size(); i++) {
            parts.get(split[i]).add(rows.get(i));
        }
        if (Math.abs((float) parts.get(1).size() / rows.size() - HELD_OUT_SHARE) > OTHER_SHARE) {
            notes.accept(
                    "%s is split into %d texts for training, %d for validation and %d for test, not 80/10/10: each label has at least one text in each part."
                            .formatted(name, parts.get(0).size(), parts.get(1).size(), parts.get(2).size()));
        }
        // The training part has every label, so that its classes are those of the whole file.
        return SplitFilesFolder.of(name, parts.get(0), parts.get(1), parts.get(2), notice -> {});
    }
}
