// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.cli.report.CurvePlot;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.cli.report.ScoreNames;
import dev.mixed.cli.report.TrainingProgress;
import dev.mixed.engine.DeviceStats;
import dev.mixed.train.EpochResult;
import dev.mixed.train.LossScale;
import dev.mixed.train.TrainingListener;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Shows a run as it goes on: the progress, a table line an epoch, and the files of metrics and curves. */
final class TrainingReport implements TrainingListener {
    /** Seconds of compiling programs in an epoch, which its time leaves out, that nobody needs to know of. */
    private static final double LITTLE = 1;

    private final PrintWriter out;
    private final TrainingProgress progress;
    private final MetricsCsv metrics;
    private final CurvePlot plot;
    private final Path metricsFile;
    private final int epochs;
    private final DeviceStats device;
    private final List<String> scores;
    private final ResultTable table;
    private long startUpBefore;
    private String startUp = "";

    /** @param scores names of those that are shown, the last of which decides where the task's own does */
    TrainingReport(PrintWriter out, TrainingProgress progress, MetricsCsv metrics, CurvePlot plot, Path metricsFile, int epochs, DeviceStats device,
            List<String> scores) {
        this.out = out;
        this.progress = progress;
        this.metrics = metrics;
        this.plot = plot;
        this.metricsFile = metricsFile;
        this.epochs = epochs;
        this.device = device;
        this.scores = List.copyOf(scores);
        this.table = new ResultTable(Stream.of(Stream.of("epoch", "step", "train loss", "val loss"), scores.stream().map(name -> "val " + ScoreNames.of(name)),
                Stream.of("seconds", "samples/s", "start-up", "best")).flatMap(names -> names).toArray(String[]::new));
        out.println(table.header());
        out.flush();
    }

    @Override
    public void epochStarted(int epoch, int batches, int done) {
        progress.start("epoch " + epoch + "/" + epochs, batches, done);
        startUpBefore = device.startUpNanos();
    }

    @Override
    public void step(int texts, double loss) {
        if (Double.isFinite(loss)) {
            progress.loss(loss);
        }
        progress.step(texts);
    }

    @Override
    public void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
        MetricsRow row = MetricsRow.train(step, epoch, loss, lr, progress.samplesPerSecond());
        metrics.append(scale == null ? row : row.withLossScale(scale.scale(), numbers(scale.skipped())));
    }

    private static @Nullable String numbers(List<Integer> steps) {
        return steps.isEmpty() ? null : steps.stream().map(String::valueOf).collect(Collectors.joining(" "));
    }

    @Override
    public void epochTrained() {
        progress.end();
        double seconds = (device.startUpNanos() - startUpBefore) / 1e9;
        startUp = seconds < LITTLE ? "" : String.format(Locale.ROOT, "%.1f", seconds);
    }

    /** A whole number where it is one. */
    private static Object epoch(double epochs) {
        return epochs == Math.rint(epochs) ? (Object) Math.round(epochs) : (Object) epochs;
    }

    @Override
    public void epochScored(EpochResult result) {
        metrics.append(MetricsRow.evaluation(result.step(), result.epoch(), "validation", result.validation().loss(), result.validation().scores().all()));
        plot.begin(MetricsCsv.read(metricsFile));
        List<@Nullable Object> cells = new ArrayList<@Nullable Object>(Arrays.asList(epoch(result.epoch()), result.step(),
                Double.isFinite(result.trainLoss()) ? (Double) result.trainLoss() : null, result.validation().loss()));
        scores.forEach(name -> cells.add(result.validation().scores().all().get(name)));
        cells.addAll(List.of(String.format(Locale.ROOT, "%.1f", progress.seconds()), Math.round(progress.samplesPerSecond()), startUp,
                result.best() ? "*" : ""));
        table.add(cells.toArray());
        out.println(table.lastLine());
        if (result.lossScale() != null && !result.lossScale().skipped().isEmpty()) {
            out.println("       skipped for an overflow in half: step " + numbers(result.lossScale().skipped()) + "; loss scale now "
                    + result.lossScale().text());
        }
        out.flush();
    }
}
