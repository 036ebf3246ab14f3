// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is steered by many options at once: its length, when it is scored and saved, what ends it. */
class SteeredRunTest {
    @TempDir
    private static Path shared;
    private static Path data;
    private static Path run;
    private static Cli trained;

    @BeforeAll
    static void train() {
        data = Toy.data(shared);
        run = shared.resolve("run");
        // No scoring gains so much: the second one ends the run.
        trained = Cli.run("train", "--data", data, "--output", run, "--model", Toy.model(shared, List.of("weather", "food")), "--batch", 4, "--length", 16,
                "--max-steps", 13, "--scheduler", "cosine", "--warmup-steps", 2, "--eval-steps", 3, "--metric", "mcc", "--early-stopping", 1,
                "--early-stopping-threshold", 100, "--save-total-limit", 2, "--max-train-samples", 20, "--max-eval-samples", 8, "--max-predict-samples", 5,
                "--log-every", 1).done();
    }

    @Test
    void itsOutputTellsWhatItDid() throws IOException {
        String out = trained.out();
        assertTrue(out.contains("20 train, 8 validation, 5 test texts"), out);
        assertTrue(out.contains("stopped after step 6 of 13: the last 1 scorings were no better (--early-stopping)"), out);
        List<String> rows = out.lines().filter(line -> line.matches(" +[0-9.]+ +[36] .*")).toList();
        assertEquals(2, rows.size(), out);
        assertTrue(rows.getFirst().contains(" 0.6000 ") && rows.getLast().contains(" 1.2000 "), out);
        assertTrue(out.lines().anyMatch(line -> line.contains("val accuracy") && line.indexOf("val MCC") > line.indexOf("val macro-F1")), out);
        assertTrue(out.contains("test, with the model of step ") && out.contains("(best MCC on validation)"), out);
        assertTrue(trained.err().contains("epoch 1/3  step 3/5") && trained.err().contains("epoch 2/3  step 1/5"), trained.err());
        List<String> metrics = Files.readAllLines(run.resolve("metrics.csv"));
        assertEquals("step,epoch,split,loss,learning_rate,accuracy,macro_f1,mcc,loss_scale,skipped_steps,samples_per_second", metrics.getFirst());
        // 6 steps, 2 scorings and the test.
        assertEquals(1 + 6 + 2 + 1, metrics.size(), metrics.toString());
        assertTrue(metrics.stream().filter(row -> row.contains(",validation,")).allMatch(row -> row.matches("[36],(0.6|1.2),validation,.*,.*,.*,.*,.+,,,")),
                metrics.toString());
    }

    @Test
    void itsCheckpointsAreModels() {
        assertTrue(Files.exists(run.resolve("checkpoint-3/training_state.json")) && Files.exists(run.resolve("checkpoint-6/training_state.json")));
        for (String folder : List.of("checkpoint-3", "checkpoint-6", "last")) {
            Cli.run("predict", "--model", run.resolve(folder), "the rain and snow").done();
        }
        // What the run knows of its data holds for them, too.
        Cli.run("eval", "--model", run.resolve("checkpoint-3"), "--data", data).done();
    }

    @Test
    void itIsResumedToTheSameEndAndRefusesWhatWouldChangeIt() throws IOException {
        List<String> before = Runs.metrics(run);
        Cli again = Cli.run("train", "--output", run, "--resume").done();
        assertTrue(again.out().contains("stopped after step 6 of 13"), again.out());
        assertEquals(before, Runs.metrics(run));
        Cli.run("train", "--output", run, "--resume", "--eval-steps", 4).refused(2, "eval-steps: 3 there, 4 here");
        Cli.run("train", "--output", run, "--resume", "--scheduler", "linear").refused(2, "scheduler: cosine there, linear here");
        Cli.run("train", "--output", run, "--resume", "--max-train-samples", 21).refused(2, "max-train-samples: 20 there, 21 here");
    }

    @Test
    void whatCanNotBeIsRefusedBeforeAnythingIsWritten() {
        Path other = shared.resolve("other");
        Cli.run("train", "--data", data, "--output", other, "--metric", "f2").refused(2, "--metric must be one of accuracy, macro_f1", "not 'f2'");
        Cli.run("train", "--data", data, "--output", other, "--early-stopping-threshold", 1).refused(2, "--early-stopping");
        Cli.run("train", "--data", data, "--output", other, "--epochs", 1, "--warmup-steps", 9).refused(2, "--warmup-steps 9 is more than the 2 steps");
        Cli.run("train", "--data", data, "--output", other, "--scheduler", "constant", "--warmup", 0.5).refused(2, "constant_with_warmup");
        assertFalse(Files.exists(other));
        Cli.run("train", "--data", data, "--output", run, "--overwrite", "--metric", "f2").refused(2, "--metric must be one of accuracy, macro_f1");
        Cli.run("train", "--data", data, "--output", run, "--overwrite", "--epochs", 1, "--warmup-steps", 9).refused(2, "--warmup-steps 9");
        assertTrue(Files.exists(run.resolve("checkpoint-6/training_state.json")));
    }
}
