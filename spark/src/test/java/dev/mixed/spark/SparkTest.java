// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SparkTest {
    @TempDir
    static Path temp;
    private static SparkSession spark;

    @BeforeAll
    static void start() throws IOException {
        spark = Cluster.start(2, 1024);
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

    @Test
    void trainsAndScores() {
        long t = System.nanoTime();
        MixedClassifier classifier = new MixedClassifier().setTextCol("body").setLabelCol("verdict").setOutputDir(temp.resolve("t").toString()).setDevice("jvm")
                .setEpochs(2).setBatchSize(8).setMaxLength(16).setLog(System.out::println);
        MixedClassificationModel model = classifier.fit(texts(40));
        System.out.println("fit " + (System.nanoTime() - t) / 1000000);
        List<Row> scored = model.transform(texts(40)).collectAsList();
        System.out.println("scored " + (System.nanoTime() - t) / 1000000);
        assertEquals(40, scored.size());
        System.out.println(scored.get(0));
        assertTrue(true);
    }
}
