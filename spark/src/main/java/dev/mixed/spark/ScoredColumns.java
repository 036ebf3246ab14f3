// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark;

import dev.mixed.spark.process.MixedException;
import dev.mixed.spark.scoring.ScorePartition.Column;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that scoring adds.
 *
 * @param schema  with them at its end
 * @param columns what each of them is
 */
record ScoredColumns(StructType schema, List<Column> columns) {

    /** @throws MixedException if there is a column of such a name already */
    static ScoredColumns of(StructType schema, SharedParams params) {
        StructType extended = schema;
        List<Column> columns = new ArrayList<>();
        for (Column column : List.of(Column.PROBABILITY, Column.PREDICTION, Column.LABEL)) {
            Param<String> param = switch (column) {
                case PREDICTION -> params.predictionCol;
                case LABEL -> params.predictedLabelCol;
                case PROBABILITY -> params.probabilityCol;
            };
            String name = params.get(param);
            if (name.isEmpty()) {
                continue;
            }
            if (List.of(extended.fieldNames()).contains(name)) {
                throw new MixedException("There is a column '" + name + "' already; name another one in " + param.name() + ", or an empty one for none.");
            }
            extended = extended.add(name, type(column), false);
            columns.add(column);
        }
        return new ScoredColumns(extended, columns);
    }

    private static DataType type(Column column) {
        return switch (column) {
            case PREDICTION -> DataTypes.DoubleType;
            case LABEL -> DataTypes.StringType;
            case PROBABILITY -> SQLDataTypes.VectorType();
        };
    }
}
