// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** What a run learns from, and how its files are read. One row is one option, see {@link RunOptions}. */
public record DataOptions(
        @Option(name = "data", help = "folder or file with the labelled texts, or hub:owner/name for a data set on Hugging Face's hub; without it, the small data set that"
                + " comes with miXed")
        @Nullable Path path,
        @Option(name = "task", value = "auto", help = "what to learn of each text or pair of texts: classification (a class), regression (a score),"
                + " multilabel (any number of labels), tokens (a tag"
                + " for each word), mlm (words that were taken out of texts, to pretrain a model) or embeddings (a vector, of pairs of texts); auto: what the data are plainly for")
        TaskKind task,
        @Option(name = "text-column", also = "text_column_name", help = "column or field of the texts in a CSV, TSV, JSONL or Parquet file, in place of text;"
                + " what else a row holds is not used")
        @Nullable String textColumn,
        @Option(name = "pair-column", also = "text_pair_column_name", help = "column or field of the second texts, for pairs of texts; without it, text_pair"
                + " if a file has that beside text")
        @Nullable String pairColumn,
        @Option(name = "label-column", also = "label_column_name", help = "column or field of the labels, in place of label; several with commas between"
                + " them, each of 1 and 0, for one label each")
        @Nullable String labelColumn,
        @Option(name = "delimiter", help = "character between the columns of a file, such as ';' or tab, in place of a comma, or of a tab in a .tsv")
        @Nullable Delimiter delimiter,
        @Option(name = "no-header", value = "false", help = "the first line is a row: --text-column and --label-column are numbers, from 1")
        boolean noHeader,
        @Option(name = "max-train-samples", min = 1, max = Integer.MAX_VALUE, help = "train on the first so many texts alone")
        @Nullable Integer maxTrain,
        @Option(name = "max-eval-samples", min = 1, max = Integer.MAX_VALUE, help = "score on the first so many validation texts alone")
        @Nullable Integer maxValidation,
        @Option(name = "max-predict-samples", also = "max_test_samples", min = 1, max = Integer.MAX_VALUE,
                help = "score the best model, at the end, on the first so many test texts alone")
        @Nullable Integer maxTest) {
    // @formatter:on

    public DataOptions {
        // Checks them together.
        new DataColumns(textColumn, pairColumn, labelColumn, delimiter, !noHeader);
    }

    /** How the rows of the data are read. */
    public DataColumns columns() {
        return new DataColumns(textColumn, pairColumn, labelColumn, delimiter, !noHeader);
    }
}
