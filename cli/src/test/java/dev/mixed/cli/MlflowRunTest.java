// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.Toy;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import dev.mixed.train.mlflow.FakeMlflow;
import dev.mixed.train.mlflow.FakeMlflow.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MlflowRunTest {
    @TempDir
    Path folder;

    @Test
    void aServerHasTheNumbersOfMetricsCsvAndIsNotNeeded() throws IOException {
        Path run = folder.resolve("run");
        Path model = Toy.model(folder, List.of("weather", "food"));
        Path data = Toy.data(folder);
        try (FakeMlflow server = new FakeMlflow()) {
            Cli.run("train", "--data", data, "--model", model, "--epochs", 1, "--batch", 8, "--length", 24, "--log-every", 2, "--mlflow", server.address(),
                    "--mlflow-experiment", "toys", "--output", run).done();
            assertEquals("run0", Files.readString(run.resolve("mlflow-run.txt")).strip());
            Run told = server.runs().get("run0");
            assertEquals(server.experiments().get("toys"), told.experiment);
            assertEquals("run", told.name);
            assertEquals("FINISHED", told.status);
            assertEquals("8", told.params.get("batch"));
            for (MetricsRow row : MetricsCsv.read(run.resolve("metrics.csv"))) {
                assertEquals(row.loss(), told.metrics.get(row.split() + "/loss").get(row.step()), row.toString());
                if (!row.split().equals("train")) {
                    assertEquals(row.macroF1(), told.metrics.get(row.split() + "/macro_f1").get(row.step()));
                }
            }
        }
        Cli unreachable = Cli.run("train", "--resume", "--epochs", 2, "--output", run).done();
        assertEquals(1, unreachable.err().lines().filter(line -> line.contains("MLflow")).count(), unreachable.err());
        assertTrue(unreachable.out().contains("test, with the model of epoch"), unreachable.out());
        String card = Files.readString(run.resolve("README.md"));
        assertTrue(card.contains("\n# run\n") && card.contains("The model is that of epoch ") && card.contains("| `epochs` | 2 |"), card);
        MetricsRow test = MetricsCsv.read(run.resolve("metrics.csv")).getLast();
        assertTrue(card.contains(" | %.4f |\n| macro_precision".formatted(test.macroF1())), card);
        Cli.run("train", "--data", data, "--model", model, "--epochs", 1, "--batch", 8, "--length", 24, "--overwrite", "--output", run).done();
        assertFalse(Files.exists(run.resolve("mlflow-run.txt")));
        Cli.run("train", "--data", data, "--mlflow", "mlruns").refused(2, "--mlflow must be the http or https address", "'mlruns'");
    }
}
