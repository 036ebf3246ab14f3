// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.cli.report.MetricsTables;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.Evaluation;
import dev.mixed.train.LoadedModel;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.metrics.ClassificationMetrics;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RunOptions;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed eval}: scores a trained model on labelled texts. */
@Command(name = "eval", mixinStandardHelpOptions = true, description = "Scores a trained model on labelled texts: loss, accuracy, F1, confusion matrix.")
final class EvalCommand implements Callable<Integer> {
    /** Which part of a data set to score. */
    enum Split { TRAIN, VALIDATION, TEST }

    @CommandLine.Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments arguments;

    @Option(names = "--data", paramLabel = "<path>", description = "folder with splits, or one CSV, TSV or JSONL file, which is scored whole if the"
            + " model was not trained on it; without it, the small data set that comes with miXed")
    private @Nullable Path data;

    @Option(names = "--split", paramLabel = "<split>", description = "train, validation or test (default: test); a single file is split as training splits it")
    private @Nullable Split split;

    @Mixin
    private ColumnArguments columns;

    @Option(names = "--label-column", paramLabel = "<column>",
            description = "column or field of the labels (default: as the model's run read its data, or label)")
    private @Nullable String labelColumn;

    @Option(names = "--format", defaultValue = "text", paramLabel = "<format>", description = "text or json (default: ${DEFAULT-VALUE})")
    private OutputFormat format;

    @Override
    public Integer call() throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        try (Device device = arguments.device(); LoadedModel model = arguments.open(device, spec.commandLine().getErr())) {
            int length = arguments.length(model.config());
            TokenizedDataset texts = TokenizedDataset.of(texts(model), model.tokenizer(), length);
            texts.truncationNotice(model.config().maxPositionEmbeddings()).ifPresent(this::note);
            Evaluation evaluation = model.evaluate(texts, arguments.batch(), length, n -> {});
            out.println(format == OutputFormat.JSON ? json(evaluation) : text(evaluation));
        }
        return 0;
    }

    private List<LabeledText> texts(LoadedModel model) {
        List<String> labels = model.config().labels();
        if (data == null) {
            if (columns.typed(labelColumn) != null) {
                throw new UsageException("--text-column, --label-column, --delimiter and --no-header say how a file is read; give it with --data.");
            }
            return bundled(labels);
        }
        DataColumns read = columns.columns(labelColumn, arguments.run());
        RunData run = new RunData(arguments.run());
        if (split == null && Files.exists(data) && !Files.isDirectory(data)) {
            if (!run.isTrainedOn(data)) {
                return Dataset.readFile(data, labels, read, this::note);
            }
            spec.commandLine().getErr().println("The model was trained on texts of '" + data + "': scored are the test texts, which training held out.");
        }
        List<LabeledText> texts = part(Dataset.load(data, run.seed(), read, this::note).withLabels(labels, this::note));
        if (texts.isEmpty()) {
            throw new UserException("'" + data + "' has no " + RunOptions.label(split()) + " texts; choose another --split.");
        }
        return texts;
    }

    private void note(String sentence) {
        spec.commandLine().getErr().println(sentence);
    }

    private List<LabeledText> bundled(List<String> labels) {
        Dataset bundled = Dataset.bundled();
        if (!labels.containsAll(bundled.labelNames())) {
            Object own = arguments.run().get("data");
            throw new UserException(
                    "The model in '" + arguments.model() + "' knows other labels than " + bundled.name() + ", which are scored without --data; give "
                            + (own == null ? "--data with texts of its own." : "--data " + own + " or other texts of its own."));
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
        ClassificationMetrics m = evaluation.metrics();
        return new ResultTable("texts", "loss", "accuracy", "macro-F1").add(m.total(), evaluation.loss(), m.accuracy(), m.macroF1())
                + "\n\n" + MetricsTables.perClass(m) + "\n\n" + MetricsTables.confusion(m, MetricsTables.WIDEST);
    }

    private static String json(Evaluation evaluation) throws JsonProcessingException {
        ClassificationMetrics m = evaluation.metrics();
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode node = mapper.createObjectNode();
        node.put("texts", m.total()).put("loss", evaluation.loss()).put("accuracy", m.accuracy()).put("macro_f1", m.macroF1());
        ObjectNode classes = node.putObject("classes");
        for (int c = 0; c < m.labels().size(); c++) {
            classes.putObject(m.labels().get(c)).put("precision", m.precision(c)).put("recall", m.recall(c)).put("f1", m.f1(c)).put("support", m.support(c));
        }
        node.set("confusion", mapper.valueToTree(m.confusion()));
        return mapper.writeValueAsString(node);
    }
}
