// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RunOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How eval and predict read the columns of a file: as the model's run did, unless any of these says otherwise. */
final class ColumnArguments {
    @Option(names = "--text-column", paramLabel = "<column>", description = "column or field of the texts in a CSV, TSV, JSONL or Parquet file (default: as the"
            + " model's run read its data, or text)")
    private @Nullable String text;

    @Option(names = "--pair-column", paramLabel = "<column>", description = "column or field of the second texts of pairs (default: as the model's run"
            + " read its data)")
    private @Nullable String pair;

    @Option(names = "--delimiter", paramLabel = "<character>",
            description = "character between the columns of a file, such as ';' or tab, in place of a comma, or of a tab in a .tsv")
    private @Nullable String delimiter;

    @Option(names = "--no-header", description = "the first line is a row: columns are numbers, from 1")
    private boolean noHeader;

    /**
     * What was typed; null for nothing.
     *
     * @param label the column of the labels, if that was typed
     */
    @Nullable
    DataColumns typed(@Nullable String label) {
        Map<String, Object> typed = new LinkedHashMap<>();
        put(typed, "text-column", text);
        put(typed, "pair-column", pair);
        put(typed, "label-column", label);
        put(typed, "delimiter", delimiter);
        put(typed, "no-header", noHeader ? true : null);
        return typed.isEmpty() ? null : RunOptions.defaults().with(typed).data().columns();
    }

    private static void put(Map<String, Object> typed, String name, @Nullable Object value) {
        if (value != null) {
            typed.put(name, value);
        }
    }

    /** What was typed, else what the run did, of which {@code run} has the options. */
    DataColumns columns(@Nullable String label, Map<String, @Nullable Object> run) {
        DataColumns typed = typed(label);
        return typed != null ? typed : DataColumns.of(run);
    }
}
