// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of Hugging Face's scripts, typed. */
class FromHuggingFaceTest {
    @TempDir
    Path folder;

    @Test
    void theirNamesMeanOurOptions() throws IOException {
        Path model = Toy.model(folder, List.of("weather", "food"));
        Path data = Toy.data(folder);
        Path ours = folder.resolve("ours");
        Path theirs = folder.resolve("theirs");
        Cli.run("train", "--data", data, "--model", model, "--epochs", 1, "--batch", 8, "--length", 24, "--lr", "1e-3", "--log-every", 2, "--weight-decay",
                "0.1",
                "--amp", "--metric", "accuracy", "--tensorboard", "--output", ours).done();
        Cli.run("train", "--data", data, "--model_name_or_path", model, "--num_train_epochs", 1, "--per_device_train_batch_size=8",
                "--per_device_eval_batch_size", 8, "--max-seq-length", 24, "--learning_rate", "1e-3", "--logging_steps", 2, "--weight_decay", "0.1", "--fp16",
                "--evaluation_strategy", "epoch", "--save_strategy", "epoch", "--load_best_model_at_end", "True", "--metric_for_best_model", "eval_accuracy",
                "--report_to", "tensorboard", "--do_train", "--output_dir", theirs).done();
        Runs.assertSameRun(ours, theirs);
        assertTrue(Files.exists(theirs.resolve("tensorboard")));
    }

    @Test
    void whatIsNotThereIsAnswered() {
        Cli.run("train", "--bf16").refused(2, "--bf16 true is not for miXed: mixed precision is --amp, in half with a scaled loss.");
        Cli.run("train", "--eval_strategy", "no", "--push_to_hub").refused(2, "--eval_strategy no is not for miXed", "--push_to_hub true is not for miXed");
        Cli.run("train", "--fp16", "--fp32").refused(2, "--amp");
        Cli.run("train", "--lr", "1e-3", "--learning_rate", "1e-3").refused(2, "--learning_rate gives --lr a second time");
        Cli.run("train", "--learning_rat", "1").misused("Unknown option '--learning_rat'", "--learning_rate");
        assertFalse(Cli.run("train", "--help").done().out().contains("per_device"), "help lists miXed's names alone");
    }
}
