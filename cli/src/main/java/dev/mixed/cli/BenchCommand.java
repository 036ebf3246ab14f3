// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.engine.Device;
import dev.mixed.engine.KernelTime;
import dev.mixed.engine.MemoryPlan;
import dev.mixed.io.UsageException;
import dev.mixed.train.DeviceMemory;
import dev.mixed.train.TrainingBenchmark;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed bench}: times training steps and forward passes on random tokens. */
@Command(name = "bench", mixinStandardHelpOptions = true, subcommands = AllReduceCommand.class,
        description = "Times training steps (forward, backward, clipping, AdamW) and forward passes on random tokens.")
final class BenchCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandSpec spec;

    @Option(names = "--preset", defaultValue = "tiny", paramLabel = "<preset>",
            description = "tiny, mini, small, medium, base or large (default: ${DEFAULT-VALUE})")
    private String preset;

    @Mixin
    private DeviceArguments device;

    @Option(names = "--batch", defaultValue = "16", paramLabel = "<n>", description = "rows per step (default: ${DEFAULT-VALUE})")
    private int batch;

    @Option(names = "--length", defaultValue = "64", paramLabel = "<n>", description = "tokens per row (default: ${DEFAULT-VALUE})")
    private int length;

    @Option(names = "--steps", defaultValue = "30", paramLabel = "<n>", description = "steps to time (default: ${DEFAULT-VALUE})")
    private int steps;

    @Option(names = "--warmup-steps", defaultValue = "20", paramLabel = "<n>",
            description = "steps before, not timed; at least 5 seconds of them (default: ${DEFAULT-VALUE})")
    private int warmup;

    @Option(names = "--vocab-size", defaultValue = "30522", paramLabel = "<n>", description = "entries of the word embedding (default: ${DEFAULT-VALUE})")
    private int vocabSize;

    @ArgGroup
    private final PrecisionArguments precision = new PrecisionArguments();

    @Option(names = "--residual", paramLabel = "<residual>",
            description = "half: --amp keeps the residual stream in half, for less memory; float: as PyTorch's autocast (default: half)")
    private RunOptions.@Nullable Residual residual;

    @Option(names = "--gradient-checkpointing", description = "keep of each layer only its input for the backward pass, which computes the rest again")
    private boolean gradientCheckpointing;

    @Option(names = "--packed", description = "the rows' tokens one after the other in one row, as --pad packed has texts in train")
    private boolean packed;

    @Option(names = "--memory-only", description = "only plan a training step and print the memory that it needs; nothing is run")
    private boolean memoryOnly;

    @Option(names = "--profile", description = "also time a training step kernel by kernel, each kernel's launches by themselves")
    private boolean profile;

    @Option(names = "--half-gradients", description = "with several ranks: gradients travel between them as halves")
    private boolean halfGradients;

    @Option(names = "--format", defaultValue = "text", paramLabel = "<format>", description = "text or json (default: ${DEFAULT-VALUE})")
    private OutputFormat format;

    /** Processes that train together, as the environment says. */
    private int ranks = 1;

    @Override
    public Integer call() throws JsonProcessingException {
        atLeastOne("--batch", batch);
        atLeastOne("--steps", steps);
        atLeastOne("--warmup-steps", warmup);
        atLeastOne("--vocab-size", vocabSize);
        if (residual != null && precision.precision() == Precision.FP32) {
            throw new UsageException("--residual " + RunOptions.label(residual) + " has no effect without --amp; add that, or leave it out.");
        }
        BertConfig config = BertConfig.of(Preset.of(preset), vocabSize, List.of("0", "1"));
        TokenizedDataset.requireLength(length, config.maxPositionEmbeddings());
        RankedDevice.with(() -> device.open(precision.precision() == Precision.FP32), halfGradients, ranked -> run(config, ranked));
        return 0;
    }

    private void run(BertConfig config, RankedDevice ranked) throws JsonProcessingException {
        Device opened = ranked.device();
        ranks = ranked.ranks().size();
        if (ranks > 1 && (memoryOnly || profile)) {
            throw new UsageException((memoryOnly ? "--memory-only" : "--profile") + " is for one rank; leave it out, or RANK and WORLD_SIZE.");
        }
        OptionalLong free = opened.freeMemory();
        Batch rows = TrainingBenchmark.randomBatch(config, batch, length, 1);
        TrainingBenchmark benchmark = new TrainingBenchmark(config, opened, packed ? rows.packed(batch * length, length, config.padTokenId()) : rows, 1,
                precision(), gradientCheckpointing, ranked.ranks());
        Map<Precision, DeviceMemory> memory = new EnumMap<>(Precision.class);
        for (Precision p : List.of(Precision.FP32, amp())) {
            memory.put(p, benchmark.memory(p));
        }
        if (memoryOnly) {
            spec.commandLine().getOut().println(format == OutputFormat.JSON ? new ObjectMapper().writeValueAsString(json(memory)) : table(memory));
            return;
        }
        TrainingBenchmark.Result training = benchmark.training(warmup, steps);
        OptionalLong left = opened.freeMemory();
        OptionalLong taken = free.isPresent() && left.isPresent() ? OptionalLong.of(free.getAsLong() - left.getAsLong()) : OptionalLong.empty();
        TrainingBenchmark.Result inference = benchmark.inference(warmup, steps);
        if (ranked.ranks().leads()) {
            print(opened, training, inference, memory, taken, profile ? benchmark.profile() : null);
        }
    }

    private Precision precision() {
        return precision.precision() == Precision.FP32 ? Precision.FP32 : amp();
    }

    private Precision amp() {
        return (residual == null ? RunOptions.Residual.HALF : residual).precision();
    }

    private static ObjectNode json(Map<Precision, DeviceMemory> memory) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        memory.forEach((precision, m) -> node.putObject(precision.label()).put("weight_bytes", m.weights())
                .put("gradient_bytes", m.gradients()).put("moment_bytes", m.moments()).put("activation_bytes", m.activations()).put("total_bytes", m.total()));
        return node;
    }

    private static ResultTable table(Map<Precision, DeviceMemory> memory) {
        ResultTable table = new ResultTable("MiB", "weights", "gradients", "moments", "activations", "total");
        memory.forEach((precision, m) -> table.add(precision.label(), mib(m.weights()), mib(m.gradients()), mib(m.moments()),
                mib(m.activations()), mib(m.total())));
        return table;
    }

    private static String mib(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / (1024.0 * 1024));
    }

    /**
     * @param taken bytes of the device's memory that training took, where it has memory for itself
     * @param times null without a profile
     */
    private void print(Device opened, TrainingBenchmark.Result training, TrainingBenchmark.Result inference, Map<Precision, DeviceMemory> memory,
            OptionalLong taken, @Nullable List<KernelTime> times) throws JsonProcessingException {
        PrintWriter out = spec.commandLine().getOut();
        MemoryPlan plan = Objects.requireNonNull(training.plan(), "training steps have a plan");
        if (format == OutputFormat.JSON) {
            ObjectMapper mapper = new ObjectMapper();
            ObjectNode node = mapper.createObjectNode().put("preset", preset).put("device", opened.name()).put("batch", batch).put("length", length)
                    .put("packed", packed)
                    .put("precision", precision().label()).put("parameters", training.parameters()).put("activation_bytes", plan.plannedBytes());
            node.put("ranks", ranks);
            json(node.putObject("training"), training, ranks);
            json(node.putObject("inference"), inference, 1);
            node.set("memory", json(memory));
            taken.ifPresent(bytes -> node.put("device_bytes", bytes));
            if (times != null) {
                ArrayNode kernels = node.putArray("kernels");
                times.forEach(t -> kernels.addObject().put("kernel", t.kernel()).put("launches", t.launches()).put("ms", t.millis()));
            }
            out.println(mapper.writeValueAsString(node));
            return;
        }
        out.println(preset + " (" + training.parameters() / 1000 + " k parameters) on " + opened.name() + ", " + Runtime.getRuntime().availableProcessors()
                + " cores, " + (ranks == 1 ? "" : ranks + " ranks, ") + precision().label() + ", batch " + batch + ", length " + length
                + (packed ? ", packed" : "") + ", median of " + steps
                + " steps");
        ResultTable table = new ResultTable("", "ms/step", "samples/s", "tokens/s", "first step s");
        row(table, "training", training, ranks);
        row(table, "inference", inference, 1);
        out.println(table);
        out.println();
        out.println("memory of a training step; without sharing, " + precision().label() + " activations would take "
                + mib(plan.unsharedBytes()) + " MiB");
        out.println(table(memory));
        taken.ifPresent(bytes -> out.println("While it trained, " + mib(bytes) + " MiB more of the GPU's memory came into use, by what its driver counts."));
        if (times != null) {
            out.println();
            out.println(table(times));
        }
    }

    private static ResultTable table(List<KernelTime> times) {
        double total = times.stream().mapToDouble(KernelTime::millis).sum();
        ResultTable table = new ResultTable("kernel", "launches", "ms/step", "share");
        for (KernelTime t : times) {
            table.add(t.kernel(), t.launches(), String.format(Locale.ROOT, "%.3f", t.millis()),
                    String.format(Locale.ROOT, "%.1f %%", 100 * t.millis() / total));
        }
        return table.add("all", times.stream().mapToInt(KernelTime::launches).sum(), String.format(Locale.ROOT, "%.3f", total), "");
    }

    private void row(ResultTable table, String name, TrainingBenchmark.Result result, int together) {
        double perSecond = 1000 * together / result.medianMillis();
        table.add(name, String.format(Locale.ROOT, "%.2f", result.medianMillis()), String.format(Locale.ROOT, "%.0f", batch * perSecond),
                String.format(Locale.ROOT, "%.0f", batch * length * perSecond), String.format(Locale.ROOT, "%.2f", result.firstStepSeconds()));
    }

    private void json(ObjectNode node, TrainingBenchmark.Result result, int together) {
        double perSecond = 1000 * together / result.medianMillis();
        node.put("median_ms", result.medianMillis()).put("samples_per_second", batch * perSecond).put("tokens_per_second", batch * length * perSecond)
                .put("first_step_seconds", result.firstStepSeconds());
    }

    private static void atLeastOne(String option, int value) {
        if (value < 1) {
            throw new UsageException(option + " must be at least 1, not '" + value + "'.");
        }
    }
}
