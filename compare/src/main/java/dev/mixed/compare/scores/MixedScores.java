// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.scores;

import dev.mixed.cli.Main;
import dev.mixed.compare.speed.ContenderException;
import dev.mixed.io.IoReason;
import dev.mixed.io.ShellWord;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import dev.mixed.train.run.OutputFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** miXed's side: its own {@code train --seeds}. */
final class MixedScores {
    private final ScoreTask task;
    private final ScoreSettings settings;
    private final Path output;
    private final List<String> arguments;

    /**
     * Prepares the data.
     *
     * @param work   where copies of the data may lie
     * @param device as {@code --device} names it
     */
    MixedScores(ScoreTask task, ScoreSettings settings, Path work, String device) {
        this.task = task;
        this.settings = settings;
        this.output = work.resolve(task.label());
        this.arguments = arguments(work, device);
    }

    private List<String> arguments(Path work, String device) {
        List<String> all = new ArrayList<>(List.of("train", "--data", task.splits(settings.data(), work).toString(), "--vocab", settings.vocab().toString()));
        all.addAll(task.trainOptions());
        all.addAll(List.of("--preset", settings.preset().label(), settings.amp() ? "--amp" : "--fp32", "--epochs", String.valueOf(settings.epochs(task)),
                "--batch", String.valueOf(task.batch()), "--length", String.valueOf(settings.length()), "--lr", String.valueOf(settings.lr()),
                "--seeds", settings.seeds().stream().map(String::valueOf).collect(Collectors.joining(",")), "--device", device));
        @Nullable Integer samples = settings.samples();
        if (samples != null) {
            for (String split : List.of("train", "eval", "predict")) {
                all.addAll(List.of("--max-" + split + "-samples", samples.toString()));
            }
        }
        all.addAll(List.of("--output", output.toString(), "--overwrite"));
        return List.copyOf(all);
    }

    /** As one would type it. */
    String command() {
        return "./mixed " + arguments.stream().map(ShellWord::of).collect(Collectors.joining(" "));
    }

    /** The test score of each seed. What the runs say goes to {@code log}. */
    List<Double> run(Path log) {
        int code;
        try (PrintWriter to = new PrintWriter(Files.newBufferedWriter(log, StandardCharsets.UTF_8), true)) {
            code = Main.commandLine().setOut(to).setErr(to).execute(arguments.toArray(String[]::new));
        } catch (IOException e) {
            throw new ContenderException("'" + log + "' could not be written (" + IoReason.of(e) + ")", e);
        }
        if (code != 0) {
            throw new ContenderException("miXed's runs ended with the exit code " + code + "; '" + log + "' says why");
        }
        return settings.seeds().stream().map(seed -> score(output.resolve("seed-" + seed))).toList();
    }

    private double score(Path run) {
        MetricsRow test = MetricsCsv.read(OutputFolder.metrics(run)).stream().filter(row -> row.split().equals(MetricsRow.TEST)).findFirst()
                .orElseThrow(() -> new ContenderException("the run in '" + run + "' has no test scores"));
        Double score = test.scores().get(task.metric());
        if (score == null) {
            throw new ContenderException("the run in '" + run + "' has no " + task.metric() + " that is a number");
        }
        return score;
    }
}
