// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mixed precision through the command line. */
class AmpRunTest {
    @TempDir
    private Path temp;
    private Path data;
    private Path model;

    @BeforeEach
    void toy() {
        data = Toy.data(temp);
        model = Toy.model(temp, List.of("weather", "food"));
    }

    private Object[] train(String output, Object... more) {
        List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--model", model, "--output", temp.resolve(output), "--epochs", 3, "--batch", 4,
                "--length", 16, "--lr", "5e-3", "--log-every", 4));
        args.addAll(Arrays.asList(more));
        return args.toArray();
    }

    private Path run(String output, Object... more) {
        Cli.run(train(output, more)).done();
        return temp.resolve(output);
    }

    private static JsonNode state(Path run) throws IOException {
        return new ObjectMapper().readTree(run.resolve("last/training_state.json").toFile()).get("extra");
    }

    @Test
    void trainsReproduciblyWithItsScaleInTheLogAndTheCheckpoint() throws IOException {
        Path first = run("first", "--amp");
        Runs.assertSame(first, run("second", "--amp"));
        Path full = run("full", "--fp32");
        assertNotEquals(Runs.metrics(full), Runs.metrics(first));
        Runs.assertSame(full, run("default"));
        for (MetricsRow row : MetricsCsv.read(first.resolve("metrics.csv"))) {
            assertEquals(row.split().equals(MetricsRow.TRAIN), row.lossScale() != null, row.toString());
        }
        assertTrue(MetricsCsv.read(full.resolve("metrics.csv")).stream().allMatch(row -> row.lossScale() == null && row.skippedSteps() == null));
        JsonNode extra = state(first);
        int skips = extra.get("skipped_updates").get("skips").asInt();
        assertEquals(30, extra.get("skipped_updates").get("updates").asInt());
        assertEquals(30 - skips, extra.get("optimizer_step").asInt());
        assertEquals(65536 * Math.pow(0.5, skips), extra.get("grad_scaler").get("scale").asDouble());
        assertTrue(state(full).path("grad_scaler").isMissingNode());
        assertTrue(Files.readString(first.resolve("run.yaml")).contains("amp: true"));
    }

    @Test
    void theResidualStreamMayBeFloat() throws IOException {
        Path half = run("half", "--amp");
        Path floats = run("floats", "--amp", "--residual", "float");
        assertNotEquals(Runs.metrics(half), Runs.metrics(floats));
        List<MetricsRow> a = MetricsCsv.read(half.resolve("metrics.csv"));
        List<MetricsRow> b = MetricsCsv.read(floats.resolve("metrics.csv"));
        for (int i = 0; i < a.size(); i++) {
            assertEquals(a.get(i).loss(), b.get(i).loss(), 0.02, "row " + i);
        }
    }

    /** 40 texts in batches of 4 are 10 batches an epoch: 3 steps of 3 batches and one of 1. */
    @Test
    void gradientsAccumulateOverBatches() throws IOException {
        Path first = run("first", "--amp", "--accumulate", 3);
        Runs.assertSame(first, run("second", "--amp", "--accumulate", 3, "--save-every", 1));
        JsonNode extra = state(first);
        assertEquals(3 * 4, extra.get("skipped_updates").get("updates").asInt());
        assertNotEquals(Runs.metrics(first), Runs.metrics(run("other", "--amp")));
    }

    @Test
    void evalAndPredictTakeEitherPrecision() {
        Path run = run("run");
        String full = Cli.run("eval", "--model", run, "--data", data).done().out();
        assertEquals(full, Cli.run("eval", "--model", run, "--data", data, "--fp32").done().out());
        assertNotEquals(full, Cli.run("eval", "--model", run, "--data", data, "--amp", "--format", "json").done().out());
        double p = probability(Cli.run("predict", "--model", run, "the rain and snow").done());
        double half = probability(Cli.run("predict", "--model", run, "--amp", "the rain and snow").done());
        assertEquals(p, half, 0.01);
        Cli.run("predict", "--model", run, "--amp", "--fp32", "the rain").misused("--amp and --fp32 exclude each other: give only one of them.");
        Cli.run(train("both", "--amp", "--fp32")).misused("--amp and --fp32 exclude each other: give only one of them.");
    }

    private static double probability(Cli prediction) {
        return Double.parseDouble(prediction.out().split("\t")[1]);
    }

    @Test
    void precisionCanNotChangeWhenARunIsResumed() {
        Path run = run("run", "--amp");
        Cli.run("train", "--output", run, "--resume", "--fp32").misused("amp: true there, false here");
    }
}
