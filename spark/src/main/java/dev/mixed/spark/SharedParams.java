// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark;

import dev.mixed.spark.process.MixedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The parameters that the estimator and its model have in common. */
final class SharedParams {
    final Param<String> textCol;
    final Param<String> textPairCol;
    final Param<String> predictionCol;
    final Param<String> predictedLabelCol;
    final Param<String> probabilityCol;
    final IntParam batchSize;
    final IntParam maxLength;
    final BooleanParam amp;
    final Param<String> device;
    final Param<String> mixedCommand;
    private final Params owner;

    /** @param owner whose id is known already */
    SharedParams(Params owner) {
        this.owner = owner;
        textCol = new Param<>(owner, "textCol", "column of texts");
        textPairCol = new Param<>(owner, "textPairCol", "column of second texts, for pairs; empty for single texts");
        predictionCol = new Param<>(owner, "predictionCol", "column for the number of the predicted class, as Spark ML's classifiers have it; empty for none");
        predictedLabelCol = new Param<>(owner, "predictedLabelCol", "column for the name of the predicted class; empty for none");
        probabilityCol = new Param<>(owner, "probabilityCol", "column for a vector of the probabilities of all classes; empty for none");
        batchSize = new IntParam(owner, "batchSize", "texts of a step, on each rank", ParamValidators.inRange(1, 65536));
        maxLength = new IntParam(owner, "maxLength", "longest text in tokens; what is longer is cut", ParamValidators.gtEq(3));
        amp = new BooleanParam(owner, "amp", "whether to compute in mixed precision");
        device = new Param<>(owner, "device", "auto, gpu or jvm");
        mixedCommand = new Param<>(owner, "mixedCommand", "the command mixed as it stands on every machine; empty for MIXED_HOME or the PATH");
        owner.setDefault(textCol, "text");
        owner.setDefault(textPairCol, "");
        owner.setDefault(predictionCol, "prediction");
        owner.setDefault(predictedLabelCol, "predictedLabel");
        owner.setDefault(probabilityCol, "probability");
        owner.setDefault(batchSize, 32);
        owner.setDefault(maxLength, 128);
        owner.setDefault(amp, false);
        owner.setDefault(device, "auto");
        owner.setDefault(mixedCommand, "");
    }

    <T> T get(Param<T> param) {
        return owner.$(param);
    }

    int number(IntParam param) {
        return (Integer) owner.$(param);
    }

    boolean flag(BooleanParam param) {
        return (Boolean) owner.$(param);
    }

    @Nullable
    String command() {
        return get(mixedCommand).isEmpty() ? null : get(mixedCommand);
    }

    /** The name of the column of second texts; null for single texts. */
    @Nullable
    String pair() {
        return get(textPairCol).isEmpty() ? null : get(textPairCol);
    }

    /**
     * The options that train and predict have alike.
     *
     * @param all whether to give those too that are at their defaults
     */
    List<String> arguments(boolean all) {
        String where = get(device).toLowerCase(Locale.ROOT);
        if (!List.of("auto", "gpu", "jvm").contains(where)) {
            throw new MixedException("device must be auto, gpu or jvm, not '" + get(device) + "'.");
        }
        List<String> arguments = new ArrayList<>(List.of("--device", where));
        if (all || owner.isSet(batchSize)) {
            arguments.addAll(List.of("--batch", String.valueOf(number(batchSize))));
        }
        if (all || owner.isSet(maxLength)) {
            arguments.addAll(List.of("--length", String.valueOf(number(maxLength))));
        }
        if (all || owner.isSet(amp)) {
            arguments.add(flag(amp) ? "--amp" : "--fp32");
        }
        return arguments;
    }

    /** Refuses a schema without the columns of texts. */
    void requireTexts(StructType schema) {
        requireType(schema, textCol, get(textCol), DataTypes.StringType);
        String pair = pair();
        if (pair != null) {
            requireType(schema, textPairCol, pair, DataTypes.StringType);
        }
    }

    private static void requireType(StructType schema, Param<?> param, String column, DataType type) {
        DataType found = schema.apply(requireColumn(schema, param, column)).dataType();
        if (!found.equals(type)) {
            throw new MixedException("The column '" + column + "' holds " + found.simpleString() + ", and texts are needed; name another one in " + param.name()
                    + ", or cast it to string.");
        }
    }

    /** The column's index. */
    static int requireColumn(StructType schema, Param<?> param, String column) {
        List<String> names = List.of(schema.fieldNames());
        if (!names.contains(column)) {
            throw new MixedException(
                    "There is no column '" + column + "', as " + param.name() + " names it; the columns are " + String.join(", ", names) + ".");
        }
        return names.indexOf(column);
    }
}
