// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The files that rows of texts and labels come in, told apart by their ending. */
public enum DataFormat {
    CSV(".csv", "columns under a header, separated by commas; a field in double quotes may hold commas, line ends and doubled quotes (RFC 4180)"),
    TSV(".tsv", "columns under a header, separated by tabs; quotes as pandas writes them, or none: a text that begins with a quote and does not end with one"
            + " makes all quotes of the file part of its texts, and a notice says so"),
    JSONL(".jsonl", "one JSON object a line"),
    PARQUET(".parquet",
            "columns of strings, numbers and lists under names, as pandas, polars and Hugging Face's datasets write them, compressed with snappy, zstd,"
                    + " gzip or not at all; numbers that stand for the names of classes are read as these"),
    CONLL(".conll", "a word and its tag a line, with tabs or blanks between columns of which the first and the last count, and a blank line between texts;"
            + " for tags alone");

    private final String ending;
    private final String description;

    DataFormat(String ending, String description) {
        this.ending = ending;
        this.description = description;
    }

    /** Of a file's name, with its dot. */
    public String ending() {
        return ending;
    }

    /** What such a file looks like, in words. */
    public String description() {
        return description;
    }

    static Optional<DataFormat> of(String fileName) {
        String lower = fileName.toLowerCase(Locale.ROOT);
        return Arrays.stream(values()).filter(format -> lower.endsWith(format.ending)).findFirst();
    }

    static List<String> endings() {
        return Arrays.stream(values()).map(DataFormat::ending).toList();
    }
}
