// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.cli.report.ResultTable;
import dev.mixed.cli.report.ScoreNames;
import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import dev.mixed.train.run.OutputFolder;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.jspecify.annotations.Nullable;

/**
 * Several runs, of different seeds or on different folds, each in a folder of its own within the output folder.
 *
 * @param options what is common to them
 * @param root    the output folder
 */
record TrainSeries(RunOptions options, Path root) {

    /**
     * One of them.
     *
     * @param name    of its folder
     * @param options with its seed or fold, and its folder
     * @param done    whether it is complete, from before the series was resumed
     */
    record Run(String name, RunOptions options, boolean done) {
        Path folder() {
            return Objects.requireNonNull(options.folder().output(), "each run has a folder");
        }
    }

    /** All runs, those that are complete included. */
    List<Run> runs() {
        List<Run> runs = new ArrayList<>();
        options.repeats().runs().forEach((name, own) -> {
            Path folder = root.resolve(name);
            boolean begun = options.folder().resume() && RunOptionsIO.isRun(folder);
            RunOptions one = begun ? RunOptionsIO.resumed(folder, options)
                    : options.with("resume", false).with("seeds", null).with(own).with("output", folder);
            runs.add(new Run(name, one, begun && isComplete(one, folder)));
        });
        return runs;
    }

    private static boolean isComplete(RunOptions now, Path folder) {
        RunOptions stored = RunOptions.defaults().with(RunOptionsIO.readRun(folder, "restore it from a copy"));
        return stored.schedule().epochs() == now.schedule().epochs() && stored.schedule().maxSteps() == now.schedule().maxSteps()
                && stored.scoring().patience() == now.scoring().patience() && test(folder).isPresent();
    }

    /** The row of a run's test scores. */
    private static Optional<MetricsRow> test(Path run) {
        Path metrics = OutputFolder.metrics(run);
        return Files.exists(metrics) ? MetricsCsv.read(metrics).stream().filter(row -> row.split().equals(MetricsRow.TEST)).findFirst() : Optional.empty();
    }

    /**
     * A row of the summary.
     *
     * @param values loss first; null where a run has no such number
     */
    private record Row(String name, @Nullable Double epoch, List<@Nullable Double> values) {
    }

    /** Writes the test scores of all runs, with mean and standard deviation, and returns them as a table. */
    ResultTable summary(Path file) {
        List<MetricsRow> tests = runs().stream().map(run -> test(run.folder()).orElseThrow()).toList();
        List<String> names = new ArrayList<>(List.of("loss"));
        names.addAll(tests.getFirst().scores().keySet());
        List<Row> rows = new ArrayList<>();
        List<String> folders = List.copyOf(options.repeats().runs().keySet());
        for (int i = 0; i < tests.size(); i++) {
            MetricsRow test = tests.get(i);
            List<@Nullable Double> values = new ArrayList<>();
            names.forEach(name -> values.add(name.equals("loss") ? test.loss() : test.scores().get(name)));
            rows.add(new Row(folders.get(i), test.epoch(), values));
        }
        List<@Nullable Double> means = new ArrayList<>();
        List<@Nullable Double> deviations = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            int column = i;
            double[] values = rows.stream().map(row -> row.values.get(column)).filter(Objects::nonNull).mapToDouble(Double::doubleValue).toArray();
            boolean all = values.length == rows.size();
            means.add(all ? (Double) mean(values) : null);
            deviations.add(all ? (Double) deviation(values) : null);
        }
        rows.add(new Row("mean", null, means));
        rows.add(new Row("deviation", null, deviations));
        write(file, names, rows);
        List<String> columns = new ArrayList<>(List.of("run"));
        names.forEach(name -> columns.add(ScoreNames.of(name)));
        ResultTable table = new ResultTable(columns.toArray(String[]::new));
        rows.forEach(row -> {
            List<@Nullable Object> cells = new ArrayList<>(List.of(row.name));
            cells.addAll(row.values);
            table.add(cells.toArray());
        });
        return table;
    }

    static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /** The sample's standard deviation, with n - 1. */
    static double deviation(double[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum() / (values.length - 1));
    }

    private static void write(Path file, List<String> names, List<Row> rows) {
        StringBuilder text = new StringBuilder();
        CSVFormat format = CSVFormat.DEFAULT.builder().setRecordSeparator("\n").get();
        List<@Nullable Object> header = new ArrayList<>(List.of("run", "epoch"));
        header.addAll(names);
        text.append(format.format(header.toArray())).append('\n');
        for (Row row : rows) {
            List<@Nullable Object> cells = new ArrayList<@Nullable Object>(Arrays.asList(row.name, row.epoch));
            cells.addAll(row.values);
            text.append(format.format(cells.toArray())).append('\n');
        }
        try {
            AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UserException("The scores could not be written to '" + file + "' (" + IoReason.of(e)
                    + "): check the free space and the permissions, then continue with --resume.", e);
        }
    }
}
