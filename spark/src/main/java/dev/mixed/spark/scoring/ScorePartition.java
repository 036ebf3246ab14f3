// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.scoring;

import dev.mixed.spark.process.MixedException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/**
 * Scores the rows of a partition: each gets further columns at its end.
 *
 * @param model   to ask
 * @param text    index of the column of texts
 * @param pair    index of the column of second texts; -1 for none
 * @param columns what the further columns are, in their order
 */
public record ScorePartition(ModelSpec model, int text, int pair, List<Column> columns) implements MapPartitionsFunction<Row, Row> {
    /** So many rows are asked about at once: enough for batches of texts of one length. */
    private static final int CHUNK = 512;

    /** What a column says of a text. */
    public enum Column {
        /** The class's number. */
        PREDICTION,
        /** The class's name. */
        LABEL,
        /** Probabilities of all classes. */
        PROBABILITY
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        return new Iterator<>() {
            private final Deque<Row> scored = new ArrayDeque<>();
            private @Nullable PredictorProcess predictor;

            @Override
            public boolean hasNext() {
                return !scored.isEmpty() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (scored.isEmpty()) {
                    if (predictor == null) {
                        predictor = Predictors.forTask(model);
                    }
                    fill(predictor);
                }
                return scored.removeFirst();
            }

            private void fill(PredictorProcess asked) {
                List<Row> some = new ArrayList<>();
                List<String[]> texts = new ArrayList<>();
                while (some.size() < CHUNK && rows.hasNext()) {
                    Row row = rows.next();
                    some.add(row);
                    texts.add(texts(row));
                }
                double[][] probabilities = asked.probabilities(texts);
                for (int i = 0; i < probabilities.length; i++) {
                    scored.addLast(extended(some.get(i), probabilities[i]));
                }
            }
        };
    }

    private String[] texts(Row row) {
        if (row.isNullAt(text) || pair >= 0 && row.isNullAt(pair)) {
            throw new MixedException("A row has no text (null in the column '" + row.schema().fieldNames()[row.isNullAt(text) ? text : pair]
                    + "'); leave such rows out, or give them one.");
        }
        return pair < 0 ? new String[] {row.getString(text)} : new String[] {row.getString(text), row.getString(pair)};
    }

    private Row extended(Row row, double[] probabilities) {
        int best = 0;
        for (int c = 1; c < probabilities.length; c++) {
            best = probabilities[c] > probabilities[best] ? c : best;
        }
        int before = row.length();
        Object[] values = new Object[before + columns.size()];
        for (int i = 0; i < before; i++) {
            values[i] = row.get(i);
        }
        for (int i = 0; i < columns.size(); i++) {
            values[before + i] = switch (columns.get(i)) {
                case PREDICTION -> (double) best;
                case LABEL -> model.classes().get(best);
                case PROBABILITY -> Vectors.dense(probabilities);
            };
        }
        return RowFactory.create(values);
    }
}
