// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.training;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.isnan;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.trim;

import dev.mixed.spark.process.MixedException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.jspecify.annotations.Nullable;

/**
 * The texts and labels of a data frame, which executors write into the folder of a training. The driver sees counts of what is wrong, and the names of the
 * classes.
 *
 * @param text  column of texts
 * @param pair  column of second texts; null for single texts
 * @param label column of labels: names, or numbers of classes from 0 on
 */
public record LabelledTexts(String text, @Nullable String pair, String label) {
    private static final String TEXT = "text";
    private static final String PAIR = "text_pair";
    private static final String LABEL = "label";
    /** More are texts or scores that were taken for classes. */
    private static final int MOST_CLASSES = 10_000;

    /** Refuses labels of a type that names no classes. */
    public void require(DataType type) {
        if (!(type instanceof StringType || type instanceof BooleanType || type instanceof NumericType)) {
            throw new MixedException("The column '" + label + "' holds " + type.simpleString() + ", and labels are strings or whole numbers from 0; cast it.");
        }
    }

    /**
     * Writes them, and checks what was written: the data frame is computed once, and may be another one the next time.
     *
     * @return the options of train that say how to read them
     * @throws MixedException if a text or a label is missing, or labels name no classes; nothing is left then
     */
    public List<String> write(Dataset<?> dataset, TrainingFolder folder) {
        DataType type = dataset.schema().apply(label).dataType();
        require(type);
        List<Column> columns = new ArrayList<>(List.of(dataset.col(quoted(text)).as(TEXT)));
        if (pair != null) {
            columns.add(dataset.col(quoted(pair)).as(PAIR));
        }
        Column given = dataset.col(quoted(label));
        columns.add((type instanceof BooleanType ? given.cast(DataTypes.StringType) : given).as(LABEL));
        String path = folder.data().toUri().toString();
        dataset.select(columns.toArray(Column[]::new)).write().parquet(path);
        boolean fit = false;
        try {
            folder.requireShared();
            check(dataset.sparkSession().read().parquet(path), type instanceof NumericType);
            fit = true;
        } finally {
            if (!fit) {
                folder.removeData();
            }
        }
        return options(folder);
    }

    /** The options of train that say how to read them. */
    public List<String> options(TrainingFolder folder) {
        List<String> options = new ArrayList<>(List.of("--data", folder.data().toString(), "--text-column", TEXT, "--label-column", LABEL));
        if (pair != null) {
            options.addAll(List.of("--pair-column", PAIR));
        }
        return options;
    }

    /** A name with points is no path into a structure. */
    private static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    private void check(Dataset<Row> written, boolean numbers) {
        Column missing = numbers ? col(LABEL).isNull().or(isnan(col(LABEL).cast(DataTypes.DoubleType))) : col(LABEL).isNull().or(blank(LABEL));
        Column noPair = pair == null ? lit(false) : col(PAIR).isNull().or(blank(PAIR));
        Row counts = written.agg(count(lit(1)), number(col(TEXT).isNull().or(blank(TEXT))), number(noPair), number(missing)).first();
        if (counts.getLong(0) == 0) {
            throw new MixedException("The data frame has no rows; give texts with labels.");
        }
        refuse(counts.getLong(1), "no text", text);
        refuse(counts.getLong(2), "no text", String.valueOf(pair));
        refuse(counts.getLong(3), "no label", label);
        List<Row> distinct = written.select(col(LABEL)).distinct().limit(MOST_CLASSES + 1).collectAsList();
        if (distinct.size() > MOST_CLASSES) {
            throw new MixedException(
                    "The column '" + label + "' has more than " + MOST_CLASSES + " different labels, which are hardly classes; name another one in"
                            + " labelCol.");
        }
        if (distinct.size() < 2) {
            throw new MixedException("All rows have the label '" + distinct.get(0).get(0) + "'; a classifier needs two classes or more.");
        }
        if (numbers) {
            requireFromZero(distinct);
        }
    }

    private static Column blank(String column) {
        return trim(col(column)).equalTo("");
    }

    private static Column number(Column condition) {
        return coalesce(sum(condition.cast(DataTypes.LongType)), lit(0L));
    }

    private static void refuse(long rows, String what, String column) {
        if (rows > 0) {
            throw new MixedException((rows == 1 ? "One row has " : rows + " rows have ") + what + " (null or blank in the column '" + column
                    + "'); leave them out, or give them one.");
        }
    }

    /** Only of such labels is the number of a class its index, as Spark's evaluators compare it. */
    private void requireFromZero(List<Row> distinct) {
        List<Double> labels = distinct.stream().map(row -> ((Number) row.get(0)).doubleValue()).sorted().collect(Collectors.toList());
        for (int i = 0; i < labels.size(); i++) {
            if (labels.get(i) != i) {
                throw new MixedException("Labels that are numbers must be those of the classes, 0, 1 and so on without a gap, and the column '" + label
                        + "' has "
                        + shown(labels.get(i)) + (i == 0 ? " as its least" : " after " + (i - 1)) + "; index it with StringIndexer, or cast it to string.");
            }
        }
    }

    private static String shown(double label) {
        return label == Math.rint(label) && Math.abs(label) < 1L << 53 ? String.valueOf((long) label) : String.valueOf(label);
    }
}
