package dev.mixed.bert.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.UsageException;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.config.RunOptions;
import dev.mixed.bert.data.TokenizedDataset;
import dev.mixed.bert.report.ResultTable;
import dev.mixed.bert.train.TrainingBenchmark;
import dev.mixed.engine.Device;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed bench}: times training steps and forward passes on random tokens. */
@Command(name = "bench", mixinStandardHelpOptions = true,
        description = "Times training steps (forward, backward, clipping, AdamW) and forward passes on random tokens.")
final class BenchCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandSpec spec;

    @Option(names = "--preset", defaultValue = "tiny", paramLabel = "<preset>", description = "tiny, mini, small, medium or base (default: tiny)")
    private String preset;

    @Option(names = "--device", defaultValue = "auto", paramLabel = "<device>", description = "where to compute: auto, jvm or gpu (default: auto)")
    private RunOptions.Device device;

    @Option(names = "--batch", defaultValue = "16", paramLabel = "<n>", description = "rows per step (default: 16)")
    private int batch;

    @Option(names = "--length", defaultValue = "64", paramLabel = "<n>", description = "tokens per row (default: 64)")
    private int length;

    @Option(names = "--steps", defaultValue = "30", paramLabel = "<n>", description = "steps to time (default: 30)")
    private int steps;

    @Option(names = "--warmup-steps", defaultValue = "20", paramLabel = "<n>", description = "steps before, not timed; at least 5 seconds of them (default: 20)")
    private int warmup;

    @Option(names = "--vocab-size", defaultValue = "30522", paramLabel = "<n>", description = "entries of the word embedding (default: 30522)")
    private int vocabSize;

    @Option(names = "--format", defaultValue = "text", paramLabel = "<format>", description = "text or json (default: text)")
    private OutputFormat format;

    @Override
    public Integer call() throws JsonProcessingException {
        atLeastOne("--batch", batch);
        atLeastOne("--steps", steps);
        atLeastOne("--warmup-steps", warmup);
        atLeastOne("--vocab-size", vocabSize);
        BertConfig config = BertConfig.of(Preset.of(preset), vocabSize, List.of("0", "1"));
        TokenizedDataset.requireLength(length, config.maxPositionEmbeddings());
        try (Device opened = Devices.open(device)) {
            TrainingBenchmark benchmark = new TrainingBenchmark(config, opened, batch, length, 1);
            print(opened, benchmark.training(warmup, steps), benchmark.inference(warmup, steps));
        }
        return 0;
    }

    private void print(Device opened, TrainingBenchmark.Result training, TrainingBenchmark.Result inference) throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        if (format == OutputFormat.JSON) {
            ObjectMapper mapper = new ObjectMapper();
            ObjectNode node = mapper.createObjectNode().put("preset", preset).put("device", opened.name()).put("batch", batch).put("length", length)
                    .put("parameters", training.parameters()).put("activation_bytes", training.plan().plannedBytes());
            json(node.putObject("training"), training);
            json(node.putObject("inference"), inference);
            out.println(mapper.writeValueAsString(node));
            return;
        }
        out.println(preset + " (" + training.parameters() / 1000 + " k parameters) on " + opened.name() + ", " + Runtime.getRuntime().availableProcessors()
                + " cores, batch " + batch + ", length " + length + ", median of " + steps + " steps");
        ResultTable table = new ResultTable("", "ms/step", "samples/s", "tokens/s", "first step s");
        row(table, "training", training);
        row(table, "inference", inference);
        out.println(table);
        double mib = 1024 * 1024;
        out.println(String.format(Locale.ROOT, "memory: weights %.1f MiB, gradients %.1f, moments %.1f, activations %.1f (%.1f unshared)",
                training.parameters() * 4 / mib, training.parameters() * 4 / mib, training.parameters() * 8 / mib,
                training.plan().plannedBytes() / mib, training.plan().unsharedBytes() / mib));
    }

    private void row(ResultTable table, String name, TrainingBenchmark.Result result) {
        double perSecond = 1000 / result.medianMillis();
        table.add(name, String.format(Locale.ROOT, "%.2f", result.medianMillis()), String.format(Locale.ROOT, "%.0f", batch * perSecond),
                String.format(Locale.ROOT, "%.0f", batch * length * perSecond), String.format(Locale.ROOT, "%.2f", result.firstStepSeconds()));
    }

    private void json(ObjectNode node, TrainingBenchmark.Result result) {
        double perSecond = 1000 / result.medianMillis();
        node.put("median_ms", result.medianMillis()).put("samples_per_second", batch * perSecond).put("tokens_per_second", batch * length * perSecond)
                .put("first_step_seconds", result.firstStepSeconds());
    }

    private static void atLeastOne(String option, int value) {
        if (value < 1) {
            throw new UsageException(option + " must be at least 1, not '" + value + "'.");
        }
    }
}
