// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.scores;

import dev.mixed.compare.speed.ContenderException;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The test scores of a task, a run each.
 *
 * @param mixed    miXed's
 * @param torch    PyTorch's
 * @param versions what PyTorch's side was
 * @param commands with which each side can be run again
 */
public record ScoreComparison(ScoreTask task, List<Double> mixed, List<Double> torch, String versions, List<String> commands) {

    /**
     * Trains both sides, beside each other.
     *
     * @param python the command of a Python with torch and transformers
     * @param device of miXed's side, as {@code --device} names it
     * @param work   the folder of all files, which is made
     */
    public static ScoreComparison of(ScoreTask task, ScoreSettings settings, String python, String device, boolean cuda, Path work) {
        task.require(settings.data());
        try {
            Files.createDirectories(work);
        } catch (IOException e) {
            throw new UserException("The folder '" + work + "' could not be made (" + IoReason.of(e) + "); choose another --output.", e);
        }
        try {
            MixedScores mixed = new MixedScores(task, settings, work, device);
            try (TorchScores torch = new TorchScores(python, task, settings, work, cuda)) {
                List<Double> own = mixed.run(work.resolve(task.label() + "-mixed.log"));
                List<Double> others = torch.await();
                return new ScoreComparison(task, own, others, torch.versions(), List.of(mixed.command(), torch.command()));
            }
        } catch (ContenderException e) {
            throw new UserException(task.label() + ": " + e.getMessage() + ".", e);
        }
    }

    /** Mean of some scores. */
    public static double mean(List<Double> scores) {
        return scores.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    /** The sample's standard deviation, with n - 1; NaN of a single score. */
    public static double deviation(List<Double> scores) {
        double mean = mean(scores);
        return scores.size() < 2 ? Double.NaN : Math.sqrt(scores.stream().mapToDouble(s -> (s - mean) * (s - mean)).sum() / (scores.size() - 1));
    }

    /** By how much miXed's mean is above PyTorch's. */
    public double difference() {
        return mean(mixed) - mean(torch);
    }

    /** The standard error of {@link #difference}, from the deviations of both: what seeds alone make of it. */
    public double noise() {
        double a = deviation(mixed);
        double b = deviation(torch);
        return Math.sqrt(a * a / mixed.size() + b * b / torch.size());
    }
}
