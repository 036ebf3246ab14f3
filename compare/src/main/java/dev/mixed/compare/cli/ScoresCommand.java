// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import dev.mixed.bert.config.Preset;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.compare.pytorch.Python;
import dev.mixed.compare.scores.ScoreComparison;
import dev.mixed.compare.scores.ScoreSettings;
import dev.mixed.compare.scores.ScoreTask;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.run.RunOptions;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed compare scores}: the test scores of whole runs here and in PyTorch. */
@Command(name = "scores", mixinStandardHelpOptions = true,
        description = "Trains the same models from random weights on the same data, with the same options and for as many epochs, in miXed and in PyTorch with"
                + " transformers, once for each seed, and prints mean and deviation of their test scores. Each side has its own tokenizing, batches, initial"
                + " weights, training and scoring.")
final class ScoresCommand implements Callable<Integer> {
    private static final int LENGTH = 128;

    @CommandLine.Spec
    private CommandSpec spec;

    @Option(names = "--data", required = true, paramLabel = "<folder>", description = "folder with the sets sick, wnut17 and goemotions-ekman")
    private Path data;

    @Option(names = "--vocab", required = true, paramLabel = "<file>", description = "vocab.txt, lower-case")
    private Path vocab;

    @Option(names = "--only", split = ",", paramLabel = "<task>",
            description = "sick-entailment, sick-relatedness, wnut17, goemotions; several with commas between them (default: all)")
    private @Nullable List<String> only;

    @Option(names = "--seeds", split = ",", defaultValue = "1,2,3", paramLabel = "<n>", description = "a run each (default: ${DEFAULT-VALUE})")
    private List<Long> seeds;

    @Option(names = "--preset", defaultValue = "small", paramLabel = "<preset>",
            description = "tiny, mini, small, medium, base or large (default: ${DEFAULT-VALUE})")
    private String preset;

    @Option(names = "--lr", defaultValue = "2e-4", paramLabel = "<rate>", description = "highest learning rate (default: ${DEFAULT-VALUE})")
    private double lr;

    @Option(names = "--epochs", paramLabel = "<n>", description = "passes over the training texts (default: 3 of goemotions, 15 of the others)")
    private @Nullable Integer epochs;

    @Option(names = "--samples", paramLabel = "<n>", description = "the first so many texts of each split alone, to try it")
    private @Nullable Integer samples;

    @Option(names = "--fp32", description = "FP32 in place of mixed precision")
    private boolean fp32;

    @Option(names = "--device", defaultValue = "gpu", paramLabel = "<device>", description = "gpu, with CUDA for PyTorch, or jvm, with its CPU"
            + " (default: ${DEFAULT-VALUE})")
    private RunOptions.Device device;

    @Option(names = "--python", paramLabel = "<command>",
            description = "a Python with torch and transformers (default: $PYTHON, python3 or python, the first that has torch)")
    private @Nullable String python;

    @Option(names = "--output", defaultValue = "runs/scores", paramLabel = "<folder>",
            description = "where runs, logs and the script go (default: ${DEFAULT-VALUE})")
    private Path output;

    @Override
    public Integer call() {
        List<ScoreTask> tasks = tasks();
        check();
        tasks.forEach(task -> task.require(data));
        ScoreSettings settings = new ScoreSettings(data, vocab, Preset.of(preset), lr, LENGTH, !fp32, seeds, epochs, samples);
        String command = Python.withTorch(python)
                .orElseThrow(() -> new UserException("No Python here has torch; install torch and transformers, or name one that has them with --python."));
        PrintWriter out = spec.commandLine().getOut();
        List<ScoreComparison> all = new ArrayList<>();
        for (ScoreTask task : tasks) {
            ScoreComparison compared = ScoreComparison.of(task, settings, command, RunOptions.label(device), device == RunOptions.Device.GPU, output);
            all.add(compared);
            compared.commands().forEach(out::println);
            out.println(task.label() + ": miXed " + each(compared.mixed()) + "; " + compared.versions() + " " + each(compared.torch()));
            out.flush();
        }
        ResultTable table = new ResultTable("task", "score", "miXed", "PyTorch", "difference", "its noise");
        all.forEach(c -> table.add(c.task().label(), c.task().metric(), spread(c.mixed()), spread(c.torch()), c.difference(), c.noise()));
        out.println();
        out.println(table);
        return 0;
    }

    private static String each(List<Double> scores) {
        return scores.stream().map(s -> String.format(Locale.ROOT, "%.4f", s)).collect(Collectors.joining(", "));
    }

    private static String spread(List<Double> scores) {
        return String.format(Locale.ROOT, "%.4f ± %.4f", ScoreComparison.mean(scores), ScoreComparison.deviation(scores));
    }

    private List<ScoreTask> tasks() {
        if (only == null) {
            return List.of(ScoreTask.values());
        }
        return only.stream().map(name -> Stream.of(ScoreTask.values()).filter(task -> task.label().equals(name.strip())).findFirst()
                .orElseThrow(() -> new UsageException("There is no task '" + name + "'; choose of "
                        + Arrays.stream(ScoreTask.values()).map(ScoreTask::label).collect(Collectors.joining(", ")) + ".")))
                .distinct().toList();
    }

    private void check() {
        if (seeds.size() < 2 || new HashSet<>(seeds).size() != seeds.size() || seeds.stream().anyMatch(seed -> seed < 0)) {
            throw new UsageException("--seeds takes two or more different whole numbers from 0 on, such as 1,2,3.");
        }
        if (device == RunOptions.Device.AUTO) {
            throw new UsageException("--device is gpu or jvm here: both sides have to compute on the same.");
        }
        if (!(lr > 0 && lr <= 1)) {
            throw new UsageException("--lr must be above 0 and at most 1, not " + lr + ".");
        }
        if (epochs != null && epochs < 1 || samples != null && samples < 2) {
            throw new UsageException("--epochs must be at least 1, and --samples at least 2.");
        }
        if (!Files.isRegularFile(vocab)) {
            throw new UserException("The vocabulary '" + vocab + "' is no file; name a vocab.txt.");
        }
    }
}
