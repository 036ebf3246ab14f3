// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.app;

import dev.mixed.spark.MixedClassificationModel;
import dev.mixed.spark.process.MixedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.functions;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Scores texts on a cluster: {@code spark-submit --class dev.mixed.spark.app.Score spark.jar --model MODEL --data TEXTS --output SCORED}. The model is the folder
 * of a run, or what {@code MixedClassificationModel} saved.
 */
public final class Score {
    private static final Set<String> VALUED = Set.of("--data", "--format", "--output", "--output-format", "--model", "--text-column", "--pair-column",
            "--device",
            "--batch", "--length", "--mixed");
    private static final Set<String> FLAGS = Set.of("--amp", "--fp32");

    private Score() {
    }

    /** @param words the command line */
    public static void main(String[] words) {
        int code = Arguments.run(() -> score(Arguments.of(words, VALUED, FLAGS)));
        if (code != 0) {
            System.exit(code);
        }
    }

    private static void score(Arguments arguments) {
        arguments.requireNoOthers();
        String name = arguments.require("--model", "the folder of a run, or of a model that Spark ML saved");
        String data = arguments.require("--data", "the texts, as Spark reads them");
        String output = arguments.require("--output", "where the scored texts are written");
        Frames.kind(data, arguments.get("--format"));
        String kind = Frames.kind(output, arguments.get("--output-format"));
        try (SparkSession spark = SparkSession.builder().appName("miXed score").getOrCreate()) {
            MixedClassificationModel model = open(spark, name);
            arguments.get("--text-column").ifPresent(model::setTextCol);
            arguments.get("--pair-column").ifPresent(model::setTextPairCol);
            arguments.get("--device").ifPresent(model::setDevice);
            arguments.get("--mixed").ifPresent(model::setMixedCommand);
            arguments.number("--batch").ifPresent(model::setBatchSize);
            arguments.number("--length").ifPresent(model::setMaxLength);
            if (arguments.has("--amp") || arguments.has("--fp32")) {
                model.setAmp(arguments.has("--amp"));
            }
            Dataset<Row> scored = model.transform(Frames.read(spark, data, arguments.get("--format")));
            if (kind.equals("csv") || kind.equals("tsv")) {
                scored = scored.drop("probability");
            } else {
                scored = scored.withColumn("probability", functions.vector_to_array(scored.col("probability"), "float64"));
            }
            Frames.write(scored, output, arguments.get("--output-format"));
            System.out.println("The scored texts are in " + output + ".");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MixedClassificationModel open(SparkSession spark, String name) throws IOException {
        Path metadata = new Path(name, "metadata");
        if (metadata.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(metadata)) {
            return MixedClassificationModel.load(name);
        }
        if (name.matches("[A-Za-z][A-Za-z0-9+.-]+:.*")) {
            throw new MixedException("'" + name + "' holds no model that Spark ML saved; give one, or the folder of a run on this machine.");
        }
        return MixedClassificationModel.of(name);
    }
}
