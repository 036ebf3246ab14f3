// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.app;

import dev.mixed.spark.MixedClassifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Trains a classifier on a cluster: {@code spark-submit --class dev.mixed.spark.app.Train spark.jar --data TEXTS --output FOLDER}. Its options are those of
 * {@code mixed train}, and {@code --ranks}, {@code --format} of the data, and {@code --save}, where Spark ML's form of the model is to be written.
 */
public final class Train {
    private static final Set<String> VALUED = Set.of("--data", "--format", "--output", "--ranks", "--text-column", "--pair-column", "--label-column",
            "--device",
            "--batch", "--length", "--epochs", "--lr", "--seed", "--preset", "--model", "--save", "--mixed");
    private static final Set<String> FLAGS = Set.of("--amp", "--fp32", "--resume");

    private Train() {
    }

    /** @param words the command line */
    public static void main(String[] words) {
        int code = Arguments.run(() -> train(Arguments.of(words, VALUED, FLAGS)));
        if (code != 0) {
            System.exit(code);
        }
    }

    private static void train(Arguments arguments) {
        MixedClassifier classifier = classifier(arguments);
        String data = arguments.require("--data", "the texts and labels, as Spark reads them");
        Frames.kind(data, arguments.get("--format"));
        try (SparkSession spark = SparkSession.builder().appName("miXed train").getOrCreate()) {
            Dataset<Row> texts = Frames.read(spark, data, arguments.get("--format"));
            var model = classifier.fit(texts);
            if (arguments.get("--save").isPresent()) {
                String save = arguments.get("--save").get();
                model.write().save(save);
                System.out.println("Spark ML's form of the model is in " + save + ".");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static MixedClassifier classifier(Arguments arguments) {
        MixedClassifier classifier = new MixedClassifier().setLog(System.out::println)
                .setOutputDir(arguments.require("--output", "a folder that the driver and all executors see under one path"));
        arguments.get("--text-column").ifPresent(classifier::setTextCol);
        arguments.get("--pair-column").ifPresent(classifier::setTextPairCol);
        arguments.get("--label-column").ifPresent(classifier::setLabelCol);
        arguments.get("--device").ifPresent(classifier::setDevice);
        arguments.get("--preset").ifPresent(classifier::setPreset);
        arguments.get("--model").ifPresent(classifier::setModel);
        arguments.get("--mixed").ifPresent(classifier::setMixedCommand);
        arguments.number("--ranks").ifPresent(classifier::setNumRanks);
        arguments.number("--batch").ifPresent(classifier::setBatchSize);
        arguments.number("--length").ifPresent(classifier::setMaxLength);
        arguments.number("--epochs").ifPresent(classifier::setEpochs);
        arguments.number("--seed").ifPresent(seed -> classifier.setSeed(seed));
        arguments.decimal("--lr").ifPresent(classifier::setLearningRate);
        if (arguments.has("--amp") && arguments.has("--fp32")) {
            throw new Arguments.UsageMistake("--amp and --fp32 exclude each other: give only one of them.");
        }
        List<String> others = arguments.others();
        return classifier.setAmp(arguments.has("--amp")).setResume(arguments.has("--resume")).setOptions(others.toArray(String[]::new));
    }
}
