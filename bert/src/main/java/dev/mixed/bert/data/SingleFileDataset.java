package dev.mixed.bert.data;

import dev.mixed.bert.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Splits one file 80/10/10 within each label, by seed. */
final class SingleFileDataset {
    private static final int HELD_OUT_TENTHS = 1;

    private SingleFileDataset() {}

    static Dataset read(Path file, long seed) {
        return split(file.toString(), LabeledFile.read(file), seed);
    }

    static Dataset split(String name, List<LabeledRow> rows, long seed) {
        LabelSet labels = LabelSet.from(rows);
        List<List<Integer>> byLabel = new ArrayList<>();
        labels.names().forEach(label -> byLabel.add(new ArrayList<>()));
        for (int i = 0; i < rows.size(); i++) {
            byLabel.get(labels.index(rows.get(i).label(), rows.get(i).place())).add(i);
        }
        int[] split = new int[rows.size()];
        for (int label = 0; label < byLabel.size(); label++) {
            List<Integer> members = byLabel.get(label);
            int heldOut = Math.max(1, Math.round(members.size() * HELD_OUT_TENTHS / 10f));
            if (members.size() < 3) {
                throw new UserException("%s has only %d texts with the label '%s', too few to split into train, validation and test; add some, or give the splits as files."
                        .formatted(name, members.size(), labels.names().get(label)));
            }
            int[] order = Shuffle.permutation(members.size(), seed, label);
            for (int i = 0; i < 2 * heldOut; i++) {
                split[members.get(order[i])] = i < heldOut ? 1 : 2;
            }
        }
        List<List<LabeledRow>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < rows.size(); i++) {
            parts.get(split[i]).add(rows.get(i));
        }
        return SplitFilesFolder.of(name, parts.get(0), parts.get(1), parts.get(2));
    }
}
