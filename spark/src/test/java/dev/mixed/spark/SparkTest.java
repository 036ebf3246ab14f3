// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.spark.process.MixedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of two executors trains, scores and loses one of them. */
class SparkTest {
    private static final int RANKS = 2;
    @TempDir
    static Path temp;
    private static SparkSession spark;

    @BeforeAll
    static void start() throws IOException {
        spark = Cluster.start(2, 2048);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Dataset<Row> texts(int count) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(RowFactory.create((i % 2 == 0 ? "good and fine " : "bad and ugly ") + i, i % 2 == 0 ? "yes" : "no", i));
        }
        return spark.createDataFrame(rows, new StructType().add("body", "string").add("verdict", "string").add("id", "int")).repartition(2);
    }

    private static MixedClassifier classifier(String folder) {
        return new MixedClassifier().setTextCol("body").setLabelCol("verdict").setOutputDir(temp.resolve(folder).toString()).setDevice("jvm").setNumRanks(RANKS)
                .setEpochs(4).setBatchSize(8 / RANKS).setMaxLength(16).setLearningRate(1e-3);
    }

    /** Kills an executor with a rank, once there is a checkpoint to go on from; the number of those that it killed. */
    private static int kill(Path run) throws InterruptedException {
        while (!Files.exists(run.resolve("last/training_state.json"))) {
            Thread.sleep(10);
        }
        List<ProcessHandle> executors = Cluster.executors();
        for (ProcessHandle executor : executors) {
            if (executor.children().findAny().isPresent()) {
                executor.destroyForcibly();
                return 1;
            }
        }
        return 0;
    }

    private static List<Row> sorted(Dataset<Row> scored) {
        List<Row> rows = new ArrayList<>(scored.collectAsList());
        rows.sort(Comparator.comparingInt(row -> row.<Integer>getAs("id")));
        return rows;
    }

    @Test
    void trainsAndScoresThoughAnExecutorDies() throws Exception {
        Queue<String> log = new ConcurrentLinkedQueue<>();
        Path run = temp.resolve("killed/run");
        FutureTask<Integer> killing = new FutureTask<>(() -> kill(run));
        new Thread(killing, "killer").start();
        PipelineModel trained = new Pipeline().setStages(new PipelineStage[] {classifier("killed").setLog(log::add)}).fit(texts(40));
        assertEquals(1, killing.get(1, TimeUnit.SECONDS));
        assertTrue(log.stream().anyMatch(line -> line.startsWith("resumed after step ")), log.toString());
        assertTrue(log.stream().anyMatch(line -> line.startsWith("test, with the model of ")), log.toString());

        // Spark chose the GPU of each of the two ranks, in both attempts.
        for (int rank = 0; rank < RANKS; rank++) {
            List<String> lines = Files.readAllLines(temp.resolve("killed/ranks/rank-" + rank + ".log"));
            assertEquals(2, lines.stream().filter(line -> line.equals("mixed on GPU 7")).count(), lines.toString());
        }

        List<Row> rows = sorted(trained.transform(texts(40)));
        assertEquals(40, rows.size());
        for (Row row : rows) {
            // So few texts of two kinds are learned by heart.
            assertEquals(row.<String>getAs("verdict"), row.getAs("predictedLabel"));
            int yes = row.getAs("verdict").equals("yes") ? 1 : 0;
            assertEquals(yes, row.<Double>getAs("prediction"));
            double[] probabilities = row.<Vector>getAs("probability").toArray();
            assertEquals(1, probabilities[0] + probabilities[1], 1e-6);
            assertTrue(probabilities[yes] > 0.5, row.toString());
        }

        trained.write().overwrite().save(temp.resolve("saved").toUri().toString());
        PipelineModel loaded = PipelineModel.load(temp.resolve("saved").toUri().toString());
        assertEquals(rows, sorted(loaded.transform(texts(40).coalesce(1))));
        assertEquals(List.of("no", "yes"), ((MixedClassificationModel) loaded.stages()[0]).classes());

        // The folder of a training that is complete is no place for another one.
        assertRefused(classifier("killed"), texts(40), "holds a training already; resume it, or choose another outputDir.");
    }

    private static void assertRefused(MixedClassifier classifier, Dataset<Row> texts, String sentence) {
        String message = assertThrows(MixedException.class, () -> classifier.fit(texts)).getMessage();
        assertTrue(message.contains(sentence), message);
    }

    @Test
    void whatIsWrongWithTheDataIsASentenceAndLeavesNothing() throws IOException {
        Dataset<Row> texts = texts(4);
        assertRefused(classifier("bad").setTextCol("texts"), texts, "There is no column 'texts', as textCol names it; the columns are body, verdict, id.");
        assertRefused(classifier("bad").setTextPairCol("pair"), texts, "There is no column 'pair', as textPairCol names it");
        assertRefused(classifier("bad").setTextCol("id"), texts, "The column 'id' holds int, and texts are needed");
        assertRefused(classifier("bad").setPredictionCol("id"), texts, "There is a column 'id' already; name another one in predictionCol");
        assertRefused(classifier("bad").setOutputDir(""), texts, "outputDir is not set");
        assertRefused(classifier("bad").setOutputDir("hdfs://there/runs"), texts, "see under one path, such as one on NFS, not 'hdfs://there/runs'");
        assertRefused(classifier("bad").setDevice("tpu"), texts, "device must be auto, gpu or jvm, not 'tpu'.");
        assertRefused(classifier("bad").setOptions("--output", "x"), texts, "--output is no option for training on Spark");
        assertRefused(classifier("bad").setResume(true), texts, "holds no training to resume");
        Dataset<Row> missing = texts.withColumn("verdict", functions.when(functions.col("id").lt(2), functions.col("verdict")));
        assertRefused(classifier("bad"), missing, "2 rows have no label (null or blank in the column 'verdict')");
        assertRefused(classifier("bad").setLabelCol("label"), texts.withColumn("label", functions.col("id").multiply(2)),
                "must be those of the classes, 0, 1 and so on without a gap, and the column 'label' has 2 after 0");
        assertFalse(Files.exists(temp.resolve("bad/data")));
        assertRefused(classifier("many").setNumRanks(3), texts, "The cluster can run 2 tasks at once, each with its GPUs, and numRanks asks for 3");
        assertFalse(Files.exists(temp.resolve("many/data")));
    }
}
