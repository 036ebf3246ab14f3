// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.Utf8File;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.TaskKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** Reads the reviews that miXed ships as resources. */
final class BundledDataset {
    static final String NAME = "the bundled reviews";

    private BundledDataset() {}

    static Dataset load() {
        return SplitFilesFolder.of(NAME, TaskKind.CLASSIFICATION, List.of(rows("train.tsv"), rows("validation.tsv"), rows("test.tsv")), List.of(),
                notice -> {});
    }

    private static List<RawRow> rows(String file) {
        try (InputStream in = BundledDataset.class.getResourceAsStream("reviews/" + file)) {
            return new DataReader(DataColumns.DEFAULT).rows(file, Utf8File.decode(file, in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
