// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Splits rows that need not be spread over classes. */
final class HeldOutShares {
    private HeldOutShares() {
    }

    /** Train, validation and test, 80/10/10 by seed, with one row at least in each; a {@link UserException} where there are too few. */
    static <T> List<List<T>> of(Path file, List<T> rows, String what, long seed) {
        if (rows.size() < 3) {
            throw new UserException("%s: it has too few %s (%d) to split into train, validation and test; add some, or give the splits as files."
                    .formatted(file, what, rows.size()));
        }
        int held = Math.max(1, Math.round(rows.size() * SingleFileDataset.HELD_OUT_SHARE));
        int[] order = Shuffle.permutation(rows.size(), seed, 0);
        int[] split = new int[rows.size()];
        for (int i = 0; i < 2 * held; i++) {
            split[order[i]] = i < held ? 1 : 2;
        }
        List<List<T>> parts = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < split.length; i++) {
            parts.get(split[i]).add(rows.get(i));
        }
        return parts;
    }
}
