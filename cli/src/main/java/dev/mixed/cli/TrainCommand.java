// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.autograd.optim.LRScheduler;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.pretrained.CheckpointFit;
import dev.mixed.cli.report.CurvePlot;
import dev.mixed.cli.report.MetricsTables;
import dev.mixed.cli.report.ScoreNames;
import dev.mixed.cli.report.TrainingProgress;
import dev.mixed.engine.Background;
import dev.mixed.engine.Device;
import dev.mixed.io.ShellWord;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.Advice;
import dev.mixed.train.DataParallel;
import dev.mixed.train.Evaluation;
import dev.mixed.train.RunInputs;
import dev.mixed.train.RunSetup;
import dev.mixed.train.Trainer;
import dev.mixed.train.TrainingListener;
import dev.mixed.train.card.ModelCard;
import dev.mixed.train.checkpoint.CheckpointFolder;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.metrics.MetricsCsv;
import dev.mixed.train.metrics.MetricsRow;
import dev.mixed.train.metrics.MultiLabelMetrics;
import dev.mixed.train.metrics.Scores;
import dev.mixed.train.run.OutputFolder;
import dev.mixed.train.run.RankOptions;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import dev.mixed.train.run.TaskKind;
import dev.mixed.train.run.TaskOptions;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed train}: trains a classifier and scores it on the test texts. Its other options come from {@link RunArguments}. */
@Command(name = "train", mixinStandardHelpOptions = true, sortOptions = false,
        description = "Trains a BERT text classifier and scores it. Without options: a tiny model on the small data set that comes with miXed.")
final class TrainCommand implements Callable<Integer> {
    private static final Path DEFAULT_PARENT = Path.of("runs");

    @CommandLine.Spec
    private CommandSpec spec;

    @Option(names = "--config", paramLabel = "<file>",
            description = "YAML or JSON file with any of the options below; what is typed wins over it. Names of Hugging Face's"
                    + " scripts mean the same options, there and typed")
    private @Nullable Path config;

    @Option(names = "--gpus", paramLabel = "<n>", description = "train on so many GPUs of this machine: --ranks <n> --device gpu")
    private @Nullable Integer gpus;

    @Override
    public Integer call() throws Exception {
        Map<String, Object> given = RunArguments.given(spec.commandLine().getParseResult());
        RankChoice choice = RankChoice.of(given, gpus, System.getenv());
        RunOptions options = choice.applied(RunOptionsIO.resolve(config, given));
        if (options.repeats().seeds() != null && given.containsKey("seed")) {
            throw new UsageException("--seed is one seed and --seeds are several: give only one of them.");
        }
        RunLogs.server(options);
        OutputFolder folder = options.folder().output() == null ? null
                : OutputFolder.check(options.folder().output(), options.folder().resume(), options.folder().overwrite());
        if (folder != null && options.folder().resume() && !options.repeats().several()) {
            requireLast(folder);
        }
        int launched = choice.launched(options);
        if (launched > 1) {
            return new RankLauncher(launched, options.compute().device() != RunOptions.Device.JVM, System.getenv(), spec.commandLine().getErr())
                    .run(spec.commandLine().getParseResult().commandSpec().root().commandLine().getParseResult().originalArgs());
        }
        try (RankSession session = choice.session(spec.commandLine())) {
            return session.run(() -> trained(options, given, folder, session), run -> goOn(run, session));
        }
    }

    /** How a run goes on that has lost a rank. */
    private static String goOn(@Nullable Path run, RankSession session) {
        if (run == null || !new RunFolder(run).canResume()) {
            return "No checkpoint was saved before: start the run again" + (run == null ? "." : ", with --overwrite.");
        }
        return "To go on from its last checkpoint:\n  ./mixed train --resume --output " + ShellWord.of(run) + " --ranks " + session.group().size();
    }

    /** This process's part of the run, or all of it; the exit code. */
    private int trained(RunOptions options, Map<String, Object> given, @Nullable OutputFolder folder, RankSession session) {
        // Opening a GPU takes as long as reading the texts.
        Optional<Background<RunInputs>> reading = options.repeats().several() && session.leads() ? Optional.empty()
                : Optional.of(Background.begin("mixed-data", () -> inputs(options, folder == null ? null : folder.path())));
        try (Interruption interruption = session.interruption();
                Device device = Devices.open(options.compute().device(), !options.compute().noSelfCheck(), options.compute().tf32())) {
            DataParallel ranks = session.open(device, options.ranks().gradientPrecision() == RankOptions.GradientPrecision.HALF,
                    spec.commandLine().getErr()::println);
            if (!session.leads()) {
                return new RankFollower(spec.commandLine(), session).train(setup(options, given, reading.orElseThrow().join(), device, ranks), options,
                        interruption);
            }
            // Data, vocabulary and model are checked before anything is written.
            if (options.repeats().several()) {
                return series(options, given, folder, device, interruption, session);
            } else if (folder == null) {
                RunSetup setup = setup(options, given, reading.orElseThrow().join(), device, ranks);
                try (OutputFolder fresh = OutputFolder.fresh(DEFAULT_PARENT, name(options)).open(path -> {})) {
                    return train(setup.in(fresh.path()), options.with("output", fresh.path()), fresh, fresh.path(), device, interruption, session);
                }
            } else {
                RunSetup setup = setup(options, given, reading.orElseThrow().join(), device, ranks);
                try (OutputFolder opened = folder.open(TrainCommand::clear)) {
                    return train(setup, options, opened, opened.path(), device, interruption, session);
                }
            }
        }
    }

    /** One run after the other; the exit code. */
    private int series(RunOptions options, Map<String, Object> given, @Nullable OutputFolder folder, Device device, Interruption interruption,
            RankSession session) {
        PrintWriter out = spec.commandLine().getOut();
        RunOptions first = options.with("resume", false).with("seeds", null).with(options.repeats().runs().values().iterator().next());
        RunSetup setup = options.folder().resume() ? null : setup(first, given, inputs(first, null), device, DataParallel.single());
        if (folder != null) {
            new TrainSeries(options, folder.path()).runs().forEach(run -> check(run.options()));
        }
        try (OutputFolder opened = (folder == null ? OutputFolder.fresh(DEFAULT_PARENT, name(options)) : folder).open(TrainCommand::clear)) {
            TrainSeries series = new TrainSeries(options.with("output", opened.path()), opened.path());
            RunOptionsIO.write(series.options(), opened.options());
            List<TrainSeries.Run> runs = series.runs();
            for (int i = 0; i < runs.size(); i++) {
                TrainSeries.Run run = runs.get(i);
                out.println((i == 0 ? "" : "\n") + run.name() + ", run " + (i + 1) + " of " + runs.size() + (run.done() ? ", is complete" : ""));
                if (run.done()) {
                    continue;
                }
                RunSetup one = i == 0 && setup != null ? setup.in(run.folder())
                        : setup(run.options(), given, inputs(run.options(), run.folder()), device, DataParallel.single());
                try (OutputFolder own = check(run.options()).open(TrainCommand::clear)) {
                    int code = train(one, run.options(), own, opened.path(), device, interruption, session);
                    if (code != 0) {
                        return code;
                    }
                }
            }
            out.println();
            out.println("test scores of " + runs.size() + " runs, with their mean and standard deviation, as in " + opened.series() + ":");
            out.println(series.summary(opened.series()));
            out.flush();
            return 0;
        }
    }

    /** The output folder of one run of several. */
    private static OutputFolder check(RunOptions options) {
        OutputFolder folder = OutputFolder.check(Objects.requireNonNull(options.folder().output()), options.folder().resume(), options.folder().overwrite());
        if (options.folder().resume()) {
            requireLast(folder);
        }
        return folder;
    }

    /**
     * Without its last checkpoint a run starts from its beginning, over the model that it saved. Only a run that was killed in between the first
     * saves of the two may: it loses an epoch at most.
     */
    private static void requireLast(OutputFolder folder) {
        RunFolder run = new RunFolder(folder.path());
        if (run.canResume() || !CheckpointFolder.exists(run.best())) {
            return;
        }
        boolean firstEpoch = Files.exists(folder.metrics())
                && MetricsCsv.read(folder.metrics()).stream().noneMatch(row -> row.epoch() > 1 || row.split().equals(MetricsRow.TEST));
        if (!firstEpoch) {
            throw new UserException("The run in '" + folder.path() + "' has a model, but no checkpoint in '" + run.last()
                    + "' to continue from; restore that folder, or replace the run with --overwrite.");
        }
    }

    /** Removes what the run that was in a folder has left there. */
    private static void clear(Path folder) {
        new RunFolder(folder).clear();
        ModelCard.delete(folder);
    }

    private static RunInputs inputs(RunOptions options, @Nullable Path output) {
        return RunInputs.read(options, output, Models.finder(options.model().offline()), Datasets.finder(options.model().offline()));
    }

    private static RunSetup setup(RunOptions options, Map<String, Object> given, RunInputs inputs, Device device, DataParallel ranks) {
        RunSetup setup = new RunSetup(inputs, device, ranks);
        // A model brings its size along; one that was typed all the same has to agree. A configuration file always names a preset.
        if (options.model().name() != null && given.containsKey("preset")) {
            CheckpointFit.checkPreset(options.model().name(), setup.config(), Preset.of(options.model().preset()));
        }
        return setup;
    }

    /**
     * One run.
     *
     * @param again   the folder to name where the run may be resumed: its own, or that of the runs of which it is one
     * @param session told of the run's folder
     * @return the exit code
     */
    private int train(RunSetup setup, RunOptions options, OutputFolder folder, Path again, Device device, Interruption interruption, RankSession session) {
        PrintWriter out = spec.commandLine().getOut();
        Trainer trainer = setup.trainer();
        setup.notes().forEach(note -> spec.commandLine().getErr().println(note));
        if (options.folder().resume()) {
            otherLength(options, folder, trainer).ifPresent(spec.commandLine().getErr()::println);
        }
        RunOptionsIO.write(setup.found(), folder.options());
        session.folder(folder.path());
        List<String> scores = trainer.shownScores();
        MetricsCsv metrics = options.folder().resume() ? MetricsCsv.resume(folder.metrics(), trainer.stepsDone(), scores)
                : MetricsCsv.create(folder.metrics(), scores);
        out.println(describe(setup, device));
        if (trainer.stepsDone() > 0) {
            out.println("resumed after step " + trainer.stepsDone() + " of " + trainer.totalSteps());
        }
        // Start-up is reported by itself: on a GPU it may take longer than an epoch, and says nothing of the steps to come.
        LongSupplier clock = () -> System.nanoTime() - device.stats().startUpNanos();
        try (RunLogs logs = new RunLogs(setup.found(), RunLogs.server(options), folder, trainer.stepsDone(), spec.commandLine().getErr()::println);
                CurvePlot plot = new CurvePlot(folder.curves())) {
            TrainingListener listener;
            boolean complete;
            try (TrainingProgress progress = TrainingProgress.onStandardError(trainer.totalSteps(), trainer.stepsDone(), clock)) {
                interruption.stopBy(trainer::stop);
                listener = logs.after(new TrainingReport(out, progress, metrics, plot, folder.metrics(), trainer.totalEpochs(),
                        device.stats(), scores));
                complete = trainer.runAhead(listener);
            }
            int code = ended(setup, options, folder, again, trainer, complete, metrics, plot, listener, interruption);
            if (code == 0) {
                logs.finished();
            } else {
                logs.stopped();
            }
            return code;
        }
    }

    /** What comes after training: the score of the test texts, or how to go on. The exit code. */
    private int ended(RunSetup setup, RunOptions options, OutputFolder folder, Path again, Trainer trainer, boolean complete, MetricsCsv metrics,
            CurvePlot plot, TrainingListener listener, Interruption interruption) {
        PrintWriter out = spec.commandLine().getOut();
        String resume = "./mixed train --resume --output " + ShellWord.of(again);
        interruption.endWith("Stopped before the model was scored on the test texts; training is done. To score it:\n  " + resume,
                trainer::awaitSaved);
        if (!complete) {
            out.println();
            out.println("Stopped after step " + trainer.stepsDone() + " of " + trainer.totalSteps() + "; its checkpoint is in "
                    + new RunFolder(folder.path()).last() + ". To go on:");
            out.println("  " + resume);
            out.flush();
            return Interruption.EXIT_CODE;
        }
        if (trainer.stoppedEarly()) {
            out.println("stopped after step " + trainer.stepsDone() + " of " + trainer.totalSteps() + ": the last " + options.scoring().patience()
                    + " scorings were no better (--early-stopping)");
        }
        Evaluation test;
        try {
            // The last checkpoint may still be on its way to the disk.
            test = setup.testTogether().orElseThrow();
        } finally {
            trainer.awaitSaved();
        }
        // The scored model is the best one, so that is where the row and the points in the plot belong.
        long step = trainer.bestStep();
        metrics.append(MetricsRow.evaluation(step, trainer.epochsAt(step), MetricsRow.TEST, test.loss(), test.scores().all()));
        listener.testScored(step, trainer.epochsAt(step), test);
        List<MetricsRow> rows = MetricsCsv.read(folder.metrics());
        plot.write(rows);
        MetricsRow validation = rows.stream().filter(row -> row.split().equals("validation") && row.step() == step).findFirst().orElse(null);
        new ModelCard(folder.path().toAbsolutePath().normalize().getFileName().toString(), setup.config(), setup.dataset(), setup.found(),
                best(trainer) + ", the best on the validation texts by `" + trainer.bestScore(test) + "`", validation, test).write(folder.path());
        out.println();
        out.println("test, with the model of " + best(trainer) + " (best " + ScoreNames.of(trainer.bestScore(test)) + " on validation):");
        out.println(MetricsTables.of(test.loss(), test.scores(), trainer.shownScores()));
        String decided = trainer.bestScore(test);
        if (validation != null && !decided.equals(Scores.LOSS) && !isNumber(validation.scores().get(decided))) {
            out.println(
                    "On the validation texts " + ScoreNames.of(decided) + " is no number, as where they have one score or lack a label: their loss decided.");
        }
        if (options.task().tuning() != TaskOptions.Tuning.NONE && test.scores() instanceof MultiLabelMetrics labels) {
            out.println("labels are given from above " + thresholds(labels) + " on, as is best on validation");
        }
        out.println();
        Advice.neverPredicted(test.scores(), options.loss().classWeights() != null).ifPresent(out::println);
        out.println("Model, metrics.csv and curves.png are in " + folder.path() + ". Next, for example:");
        out.println("  ./mixed predict --model " + ShellWord.of(folder.path())
                + (setup.dataset().task() == TaskKind.MLM ? " \"a [MASK] of your own\"" : " \"a text of your own\"")
                + (setup.dataset().isOfPairs() ? " --pair \"and its second one\"" : ""));
        out.println("  ./mixed eval --model " + ShellWord.of(folder.path())
                + (options.data().path() == null ? "" : " --data " + ShellWord.of(options.data().path())));
        out.flush();
        return 0;
    }

    /** One number, or one for each label with its name. */
    private static String thresholds(MultiLabelMetrics labels) {
        OptionalDouble all = labels.threshold();
        return all.isPresent() ? String.format(Locale.ROOT, "%.4f", all.getAsDouble())
                : IntStream.range(0, labels.labels().size())
                        .mapToObj(c -> String.format(Locale.ROOT, "%.4f ('%s')", labels.thresholds().get(c), labels.labels().get(c)))
                        .collect(Collectors.joining(", "));
    }

    private static boolean isNumber(@Nullable Double score) {
        return score != null && Double.isFinite(score);
    }

    private static String best(Trainer trainer) {
        double epochs = trainer.epochsAt(trainer.bestStep());
        return epochs == Math.rint(epochs) ? "epoch " + Math.round(epochs) : "step " + trainer.bestStep();
    }

    /** What it means that a run is resumed with another number of steps; its stored options are still those of the run so far. */
    private static Optional<String> otherLength(RunOptions options, OutputFolder folder, Trainer trainer) {
        RunOptions stored = RunOptions.defaults().with(RunOptionsIO.readRun(folder.path(), "restore it from a copy"));
        int before = trainer.totalSteps(stored);
        int now = trainer.totalSteps();
        if (before == now) {
            return Optional.empty();
        }
        boolean inEpochs = stored.schedule().maxSteps() < 1 && options.schedule().maxSteps() < 1;
        LRScheduler was = stored.schedule().over(before);
        LRScheduler is = options.schedule().over(now);
        boolean same = IntStream.range((int) trainer.stepsDone(), now).allMatch(step -> was.factor(Math.min(step, before)) == is.factor(step));
        return Optional.of("The run had " + (inEpochs ? stored.schedule().epochs() + " epochs and gets " + options.schedule().epochs()
                : before + " steps and gets " + now) + ": what it has learned is kept, and "
                + (same ? "the learning rate stays as it is."
                        : "from here on the learning rate follows a schedule that ends after step " + now + " in place of " + before + "."));
    }

    private static String learned(Dataset dataset) {
        return switch (dataset.task()) {
            case AUTO, CLASSIFICATION -> dataset.labelNames().size() + " classes";
            case REGRESSION -> "a score each";
            case MLM -> "words to guess";
            case EMBEDDINGS -> "a vector for each text";
            case TOKENS -> dataset.labelNames().size() + " tags";
            case MULTILABEL -> dataset.labelNames().size() + " labels";
        };
    }

    /** A name for the folder of a run that was given none: what it trains on and what it trains. */
    private static String name(RunOptions options) {
        String data = options.data().path() == null ? "reviews" : options.data().path().toAbsolutePath().normalize().getFileName().toString();
        return data.replaceAll("[^A-Za-z0-9._-]+", "-") + "-" + (options.model().name() == null ? options.model().preset() : "tuned");
    }

    private static String describe(RunSetup setup, Device device) {
        return String.format(Locale.ROOT, "%s, %d parameters, on %s; %s: %d train, %d validation, %d test %s, %s", setup.config().describe(),
                setup.model().parameterCount(), device.name(), setup.dataset().name(), setup.dataset().train().size(), setup.dataset().validation().size(),
                setup.dataset().test().size(), setup.dataset().isOfPairs() ? "pairs" : "texts", learned(setup.dataset())) + setup.together();
    }
}
