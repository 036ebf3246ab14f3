// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.app;

import dev.mixed.spark.process.MixedException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Data frames by path: what Spark reads and writes. */
final class Frames {
    private static final List<String> FORMATS = List.of("parquet", "csv", "tsv", "json", "orc", "table");

    private Frames() {
    }

    /** @param format as it was typed, or else by the ending of the path; Parquet where that says nothing */
    static Dataset<Row> read(SparkSession spark, String path, Optional<String> format) {
        String kind = kind(path, format);
        DataFrameReader reader = spark.read();
        try {
            return switch (kind) {
                case "table" -> spark.table(path);
                case "csv", "tsv" -> reader.option("header", true).option("multiLine", true).option("escape", "\"")
                        .option("sep", kind.equals("csv") ? "," : "\t").csv(path);
                default -> reader.format(kind).load(path);
            };
        } catch (Exception e) {
            // Spark's analysis declares no exception, and throws a checked one.
            String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("").replaceFirst("^\\[[A-Z_.]+\\] ", "").replaceFirst(" SQLSTATE: \\w+$",
                    "");
            throw new MixedException(
                    "The data '" + path + "' cannot be read as " + kind + " (" + message.replaceFirst("[.]$", "") + "); check --data and --format.", e);
        }
    }

    static void write(Dataset<Row> rows, String path, Optional<String> format) {
        String kind = kind(path, format);
        if (kind.equals("table")) {
            rows.write().saveAsTable(path);
        } else {
            rows.write().format(kind.equals("tsv") ? "csv" : kind).option("header", true).option("escape", "\"").option("sep", kind.equals("tsv") ? "\t" : ",")
                    .save(path);
        }
    }

    static String kind(String path, Optional<String> format) {
        String kind = format.map(name -> name.toLowerCase(Locale.ROOT)).orElseGet(() -> {
            String ending = path.replaceFirst("/+$", "").replaceFirst("^.*\\.", "").toLowerCase(Locale.ROOT);
            return ending.equals("jsonl") ? "json" : FORMATS.contains(ending) ? ending : "parquet";
        });
        if (!FORMATS.contains(kind)) {
            throw new Arguments.UsageMistake("--format must be " + String.join(", ", FORMATS) + ", not '" + kind + "'.");
        }
        return kind;
    }
}
