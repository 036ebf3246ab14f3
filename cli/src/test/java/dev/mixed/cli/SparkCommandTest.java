// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SparkCommandTest {
    private static final Path JAR = Path.of("/mixed/target/mixed/spark.jar");
    @TempDir
    private Path temp;

    private static List<String> line(Map<String, String> environment, String... words) {
        SparkCommand command = new SparkCommand();
        new CommandLine(command).parseArgs(words);
        return command.line(environment, JAR);
    }

    private static void refused(String sentence, Map<String, String> environment, String... words) {
        String message = assertThrows(UserException.class, () -> line(environment, words)).getMessage();
        assertTrue(message.contains(sentence), message);
    }

    @Test
    void handsAllElseToSparkSubmit() throws IOException {
        Path submit = Files.createFile(Files.createDirectories(temp.resolve("spark/bin")).resolve("spark-submit"));
        assertTrue(submit.toFile().setExecutable(true));
        Map<String, String> home = Map.of("SPARK_HOME", temp.resolve("spark").toString());
        assertEquals(List.of(submit.toString(), "--master", "spark://there:7077", "--class", "dev.mixed.spark.app.Train", "--conf", "a=b", "--conf",
                "spark.executorEnv.MIXED_HOME=/mixed", JAR.toString(), "--data", "d.parquet", "--ranks", "4", "--amp"),
                line(home, "train", "--master", "spark://there:7077", "--conf", "a=b", "--data", "d.parquet", "--ranks", "4", "--amp"));
        assertEquals(List.of(submit.toString(), "--master", "local[2]", "--class", "dev.mixed.spark.app.Score", "--conf", "spark.executorEnv.MIXED_HOME=/there",
                JAR.toString(), "--model", "m"),
                line(Map.of("PATH", "/nowhere:" + submit.getParent()), "score", "--master", "local[2]", "--conf", "spark.executorEnv.MIXED_HOME=/there",
                        "--model",
                        "m"));
        refused("'learn' is nothing that 'mixed spark' does; choose from: train, score.", home, "learn", "--master", "yarn");
        refused("--master must be as Spark has it, spark://HOST:PORT, yarn, k8s://URL or local[N], not 'there:7077'.", home, "train", "--master", "there:7077");
        refused("--conf must be key=value, not 'a'.", home, "train", "--master", "yarn", "--conf", "a");
        refused("Spark is not found: unpack a distribution of Spark 4, and set SPARK_HOME to its folder.", Map.of("PATH", "/nowhere"), "train", "--master",
                "yarn");
        refused("which has no bin/spark-submit; set it to the folder of a Spark 4.", Map.of("SPARK_HOME", temp.toString()), "train", "--master", "yarn");
    }

    @Test
    void aMasterIsNeeded() {
        Cli.run("spark", "train").misused("--master");
        Cli.run("spark", "train", "--master", "yarn").refused(1, "needs the jar of the module spark");
    }
}
