// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.cli.report.MetricsTables;
import dev.mixed.engine.Device;
import dev.mixed.io.ShellWord;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.DataParallel;
import dev.mixed.train.Evaluation;
import dev.mixed.train.LoadedModel;
import dev.mixed.train.MultiLabelTask;
import dev.mixed.train.NonFiniteException;
import dev.mixed.train.checkpoint.CheckpointFolder;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.metrics.ClassificationMetrics;
import dev.mixed.train.metrics.MultiLabelMetrics;
import dev.mixed.train.metrics.TagMetrics;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import dev.mixed.weights.hub.DatasetHub;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed eval}: scores a trained model on labelled texts. */
@Command(name = "eval", mixinStandardHelpOptions = true,
        description = "Scores a trained model on labelled texts: loss, accuracy, F1, confusion matrix, or whatever scores"
                + " its task has.")
final class EvalCommand implements Callable<Integer> {
    /** Which part of a data set to score. */
    enum Split { TRAIN, VALIDATION, TEST }

    @CommandLine.Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments arguments;

    @Mixin
    private RankArguments ranks;

    @Option(names = "--data", paramLabel = "<path>",
            description = "folder with splits, hub:owner/name for a data set on Hugging Face's hub, or one CSV, TSV, JSONL"
                    + " or Parquet file, of which those texts are scored that the model was not trained on; without it, the small data set that comes with miXed")
    private @Nullable Path data;

    @Option(names = "--split", paramLabel = "<split>",
            description = "train, validation or test (default: test); of a single file that the model was trained on, what the"
                    + " run made of it; another one is split as training splits it")
    private @Nullable Split split;

    @Mixin
    private ColumnArguments columns;

    @Option(names = "--label-column", paramLabel = "<column>",
            description = "column or field of the labels (default: as the model's run read its data, or label)")
    private @Nullable String labelColumn;

    @Option(names = "--format", defaultValue = "text", paramLabel = "<format>", description = "text or json (default: ${DEFAULT-VALUE})")
    private OutputFormat format;

    private TaskKind kind = TaskKind.CLASSIFICATION;
    private final Set<String> told = new HashSet<>();

    @Override
    public Integer call() throws Exception {
        return ranks.run(spec.commandLine(), arguments.deviceArguments(), this::scored);
    }

    private int scored(RankSession session) throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        if (data != null && DatasetHub.isName(data.toString())) {
            data = Datasets.finder(arguments.offline()).apply(data.toString());
        }
        try (Device device = arguments.device(); LoadedModel model = arguments.open(device, spec.commandLine().getErr())) {
            int length = arguments.length(model);
            ScoredTexts scored = scored(model);
            TokenizedDataset texts = how(model).of(scored.texts(), model.tokenizer());
            DataParallel together = session.together();
            model.setRanks(together);
            together.requireSame(Map.of("texts", LabeledText.checksum(scored.texts())));
            texts.truncationNotice(model.config().maxPositionEmbeddings()).ifPresent(this::note);
            Optional<Evaluation> evaluation;
            try {
                evaluation = model.evaluateTogether(texts, arguments.batch(), length);
            } catch (NonFiniteException e) {
                throw e.at((data == null ? "" : "'" + data + "', ") + "text " + (e.index() + 1) + " of those scored");
            }
            if (evaluation.isPresent()) {
                scored.notes().forEach(spec.commandLine().getErr()::println);
                out.println(format == OutputFormat.JSON ? json(evaluation.get(), scored.known()) : text(evaluation.get()));
            }
        }
        return 0;
    }

    /** How texts are read: in blocks if the run learned such. */
    private Tokenization how(LoadedModel model) {
        return arguments.tokenization(model).inBlocks(kind == TaskKind.MLM && Boolean.TRUE.equals(arguments.run().get("blocks")), kind);
    }

    private ScoredTexts scored(LoadedModel model) {
        kind = model.kind();
        List<String> labels = model.config().labels();
        RunData run = new RunData(arguments.run());
        Optional<TrainingData> record = CheckpointFolder.trainingData(arguments.model());
        if (data == null) {
            if (columns.typed(labelColumn) != null) {
                throw new UsageException(
                        "--text-column, --pair-column, --label-column, --delimiter and --no-header say how a file is read; give it with --data.");
            }
            return ofSplit(bundled(labels), "the bundled reviews", run, record);
        }
        String name = "'" + data + "'";
        if (Files.exists(data) && !Dataset.isFolderOfSplits(data)) {
            if (record.isPresent()) {
                return ofFile(data, whole(data, labels), labels, run, record.get());
            }
            if (split == null && !run.isTrainedOn(data)) {
                return ScoredTexts.untold(whole(data, labels), untold(name));
            }
            if (run.isTrainedOn(data)) {
                String held = "The model was trained on texts of " + name + ": scored are the test texts, which training held out.";
                return ScoredTexts.untold(named(data, labels, run), split == null ? new String[] {held} : new String[0]);
            }
        }
        return ofSplit(named(data, labels, run), name, run, record);
    }

    /** A single file, of which the run that made the model may know some texts. */
    private ScoredTexts ofFile(Path file, List<LabeledText> all, List<String> labels, RunData run, TrainingData record) {
        String name = "'" + file + "'";
        if (split == null) {
            return ScoredTexts.heldOut(all, record, name, false);
        }
        if (all.stream().anyMatch(text -> record.origin(text) != TrainingData.Origin.NEW)) {
            return ScoredTexts.of(switch (split) {
                case TRAIN -> TrainingData.Origin.TRAIN;
                case VALIDATION -> TrainingData.Origin.VALIDATION;
                case TEST -> TrainingData.Origin.TEST;
            }, all, record, name, RunOptions.label(split));
        }
        return ScoredTexts.untold(named(file, labels, run));
    }

    /** Texts of a split that the user made. */
    private ScoredTexts ofSplit(List<LabeledText> texts, String name, RunData run, Optional<TrainingData> record) {
        if (split() != Split.TEST) {
            return ScoredTexts.untold(texts);
        }
        if (record.isPresent()) {
            return ScoredTexts.heldOut(texts, record.get(), name, true);
        }
        return run.isOfFolder(data) ? ScoredTexts.untold(texts) : ScoredTexts.untold(texts, untold(name));
    }

    private String untold(String name) {
        return "Nothing in '" + arguments.model() + "' says what the model was trained on: whether it has learned texts of " + name
                + " can't be told, and all are scored.";
    }

    private DataColumns read() {
        return columns.columns(labelColumn, arguments.run());
    }

    /** A file may be read whole and once more in splits: what is to be told of it is told once. */
    private void note(String sentence) {
        if (told.add(sentence)) {
            spec.commandLine().getErr().println(sentence);
        }
    }

    /** All texts of one file. */
    private List<LabeledText> whole(Path file, List<String> labels) {
        return Dataset.readFile(file, kind, labels, read(), this::note);
    }

    /** The texts of the split that is asked for. */
    private List<LabeledText> named(Path path, List<String> labels, RunData run) {
        List<LabeledText> texts = part(Dataset.load(path, run.seed(), read(), kind, this::note).withLabels(labels, this::note));
        if (texts.isEmpty()) {
            throw new UserException("'" + data + "' has no " + RunOptions.label(split()) + " texts; choose another --split.");
        }
        return texts;
    }

    private List<LabeledText> bundled(List<String> labels) {
        Dataset bundled = Dataset.bundled();
        if (kind != TaskKind.CLASSIFICATION || !labels.containsAll(bundled.labelNames())) {
            Object own = arguments.run().get("data");
            throw new UserException(
                    "The model in '" + arguments.model() + "' knows other labels than " + bundled.name() + ", which are scored without --data; give "
                            + (own == null ? "--data with texts of its own." : "--data " + ShellWord.of(own) + " or other texts of its own."));
        }
        return part(bundled.withLabels(labels));
    }

    private List<LabeledText> part(Dataset dataset) {
        return switch (split()) {
            case TRAIN -> dataset.train();
            case VALIDATION -> dataset.validation();
            case TEST -> dataset.test();
        };
    }

    private Split split() {
        return split == null ? Split.TEST : split;
    }

    private static String text(Evaluation evaluation) {
        if (evaluation.scores() instanceof MultiLabelMetrics m) {
            return MetricsTables.followed(evaluation.loss(), m) + "\n\n" + MetricsTables.perLabel(m) + "\n\n" + MetricsTables.others(m)
                    + (m.threshold().orElse(MultiLabelTask.THRESHOLD) == MultiLabelTask.THRESHOLD ? ""
                            : String.format(Locale.ROOT, "%n%nlabels are given from above %.4f on", m.threshold().getAsDouble()));
        } else if (evaluation.scores() instanceof TagMetrics m) {
            return MetricsTables.followed(evaluation.loss(), m) + "\n\n" + MetricsTables.perType(m) + "\n\n" + MetricsTables.others(m);
        } else if (!(evaluation.scores() instanceof ClassificationMetrics)) {
            boolean others = evaluation.scores().all().size() > evaluation.scores().followed().size();
            return MetricsTables.followed(evaluation.loss(), evaluation.scores()) + (others ? "\n\n" + MetricsTables.others(evaluation.scores()) : "");
        }
        ClassificationMetrics m = evaluation.metrics();
        return MetricsTables.followed(evaluation.loss(), m) + "\n\n" + MetricsTables.perClass(m) + "\n\n" + MetricsTables.averages(m) + "\n\n"
                + MetricsTables.confusion(m, MetricsTables.WIDEST) + "\n\n" + MetricsTables.correlations(m);
    }

    private static String json(Evaluation evaluation, Optional<ScoredTexts.Known> known) throws JsonProcessingException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode node = mapper.createObjectNode();
        node.put("texts", evaluation.scores().total()).put("loss", evaluation.loss());
        // JSON has no word for what is no number.
        evaluation.scores().all().forEach((name, score) -> node.put(name, Double.isFinite(score) ? score : null));
        known.ifPresent(k -> node.putObject("scored").put("held_out", k.heldOut()).put("also_learned", k.alsoLearned()).put("new", k.unseen()).put("left_out",
                k.leftOut()));
        if (evaluation.scores() instanceof MultiLabelMetrics m) {
            m.threshold().ifPresent(threshold -> node.put("threshold", threshold));
            ObjectNode labels = node.putObject("labels");
            for (int c = 0; c < m.labels().size(); c++) {
                ObjectNode label = labels.putObject(m.labels().get(c)).put("precision", m.precision(c)).put("recall", m.recall(c)).put("f1", m.f1(c))
                        .put("support", m.support(c));
                if (m.threshold().isEmpty()) {
                    label.put("threshold", m.thresholds().get(c));
                }
            }
        }
        if (evaluation.scores() instanceof TagMetrics m) {
            ObjectNode types = node.putObject(m.isOfEntities() ? "entities" : "tags");
            m.types().forEach((type, c) -> types.putObject(type).put("precision", c.precision()).put("recall", c.recall()).put("f1", c.f1()).put("support",
                    c.support()));
        }
        if (!(evaluation.scores() instanceof ClassificationMetrics m)) {
            return mapper.writeValueAsString(node);
        }
        ObjectNode classes = node.putObject("classes");
        for (int c = 0; c < m.labels().size(); c++) {
            classes.putObject(m.labels().get(c)).put("precision", m.precision(c)).put("recall", m.recall(c)).put("f1", m.f1(c)).put("support", m.support(c));
        }
        node.set("confusion", mapper.valueToTree(m.confusion()));
        return mapper.writeValueAsString(node);
    }
}
