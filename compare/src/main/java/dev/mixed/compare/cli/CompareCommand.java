// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.cli.DeviceArguments;
import dev.mixed.cli.OutputFormat;
import dev.mixed.cli.Subcommand;
import dev.mixed.cli.report.PngFile;
import dev.mixed.compare.ranks.DdpCommand;
import dev.mixed.compare.speed.Comparison;
import dev.mixed.compare.speed.ComparisonText;
import dev.mixed.compare.speed.Flops;
import dev.mixed.compare.speed.Interleaving;
import dev.mixed.compare.speed.Job;
import dev.mixed.compare.speed.Result;
import dev.mixed.compare.speed.SpeedChart;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.BatchShape;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** {@code mixed compare}: times the same training in miXed and in PyTorch, in turns. */
@Command(name = "compare", mixinStandardHelpOptions = true, subcommands = {CurvesCommand.class, ScoresCommand.class, DdpCommand.class},
        commandListHeading = "%nCommands:%n",
        description = {"Times the same training in miXed and in PyTorch on the same device, in turns: with a Python that has torch if there is one, otherwise"
                + " with libtorch on the CPU.",
            "The last columns of its table say how many times as fast as PyTorch each is."})
public final class CompareCommand implements Subcommand {
    @CommandLine.Spec
    private CommandSpec spec;

    @Option(names = "--preset", defaultValue = "tiny", paramLabel = "<preset>",
            description = "tiny, mini, small, medium, base or large (default: ${DEFAULT-VALUE})")
    private String preset;

    @CommandLine.Mixin
    private DeviceArguments device;

    @Option(names = "--batch", defaultValue = "16", paramLabel = "<n>", description = "rows per step (default: ${DEFAULT-VALUE})")
    private int batch;

    @Option(names = "--length", defaultValue = "64", paramLabel = "<n>", description = "tokens per row, at most (default: ${DEFAULT-VALUE})")
    private int length;

    @Option(names = "--steps", paramLabel = "<n>", description = "steps to time of each, in ten rounds (default: 30)")
    private @Nullable Integer steps;

    @Option(names = "--warmup-steps", paramLabel = "<n>", description = "steps before, not timed; at least 5 seconds of them (default: 20)")
    private @Nullable Integer warmup;

    @Option(names = "--epochs", paramLabel = "<n>", description = "train on texts for whole epochs instead, and print the times of both precisions")
    private @Nullable Integer epochs;

    @Option(names = "--pad", paramLabel = "<how>", description = "max: every row has --length tokens; bucket: texts of similar length together;"
            + " coarse: alike, with few lengths, as train has them; packed: no padding for miXed, and PyTorch in each of its ways (default: bucket for texts, else max)")
    private RunOptions.@Nullable Pad pad;

    @Option(names = "--data", paramLabel = "<path>", description = "texts to train on, as train takes them (default: random tokens;"
            + " with --epochs, or any --pad but max, the data set that comes with miXed)")
    private @Nullable Path data;

    @Option(names = "--vocab", paramLabel = "<path>", description = "vocab.txt or tokenizer.json for the texts (default: built from them)")
    private @Nullable Path vocab;

    @Option(names = "--vocab-size", paramLabel = "<n>", description = "entries of the word embedding, without texts (default: 30522)")
    private @Nullable Integer vocabSize;

    @Option(names = "--fp32", description = "FP32 alone")
    private boolean fp32;

    @Option(names = "--amp", description = "mixed precision alone")
    private boolean amp;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "<n>", description = "of weights, batches and dropout (default: ${DEFAULT-VALUE})")
    private long seed;

    @CommandLine.Mixin
    private final Against against = new Against();

    @Option(names = "--peak-tflops", split = ",", paramLabel = "<n>", description = "peak TFLOP/s of the device in FP32 and with half products, for the"
            + " utilisation (known for common GPUs)")
    private double @Nullable [] peak;

    @Option(names = "--format", defaultValue = "text", paramLabel = "<format>", description = "text or json (default: ${DEFAULT-VALUE})")
    private OutputFormat format;

    @Option(names = "--plot", paramLabel = "<file>", description = "draw the speeds as bars to this PNG")
    private @Nullable Path plot;

    @Override
    public Integer call() throws IOException {
        check();
        BertConfig config = BertConfig.of(Preset.of(preset), given(vocabSize, 30522), List.of("0", "1"));
        TokenizedDataset.requireLength(length, config.maxPositionEmbeddings());
        BatchShape.require(config, batch, length);
        Job job = hasTexts() ? Job.texts(config, data, vocab, batch, length, seed, pad == null || pad == RunOptions.Pad.AUTO ? RunOptions.Pad.BUCKET : pad)
                : Job.random(config, batch, length, seed);
        PrintWriter err = spec.commandLine().getErr();
        try (Device opened = device.open(fp32 || !amp); Contenders contenders = against.contenders(job, opened, fp32 || !amp, amp || !fp32)) {
            Interleaving turns = new Interleaving(job, contenders.all(), contenders::note, err::println);
            List<Result> results = epochs != null ? turns.epochs(epochs) : turns.steps(given(warmup, 20), given(steps, 30));
            if (results.isEmpty()) {
                throw new UserException("Nothing was timed. " + String.join(" ", contenders.notes()));
            }
            String headline = preset + ", batch " + batch + ", length " + length + ", " + job.text() + "; " + contenders.describe();
            print(new Comparison(headline, results, peak(contenders.hardware()), contenders.notes()));
        }
        return 0;
    }

    private void print(Comparison comparison) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        if (format == OutputFormat.JSON) {
            out.println(new ObjectMapper().writeValueAsString(ComparisonText.json(comparison)));
        } else {
            out.println(epochs != null ? ComparisonText.epochs(comparison, epochs) : ComparisonText.steps(comparison));
        }
        if (plot != null) {
            PngFile.write(() -> SpeedChart.draw(comparison), plot);
        }
    }

    private Flops.@Nullable Peak peak(String hardware) {
        return peak != null ? new Flops.Peak(peak[0], peak[peak.length - 1]) : Flops.peakOf(hardware).orElse(null);
    }

    private void check() {
        atLeastOne("--batch", batch);
        atLeastOne("--steps", given(steps, 1));
        atLeastOne("--warmup-steps", given(warmup, 1));
        atLeastOne("--vocab-size", given(vocabSize, 1));
        atLeastOne("--epochs", given(epochs, 1));
        nothingIsIgnored();
        against.check();
        if (peak != null && (peak.length > 2 || !(peak[0] > 0 && peak[peak.length - 1] > 0))) {
            throw new UsageException("--peak-tflops takes one or two numbers above 0, such as 67,989.");
        }
        PlotFile.require(plot);
    }

    private boolean hasTexts() {
        return data != null || epochs != null || pad != null && pad != RunOptions.Pad.MAX;
    }

    /** An option without effect would let figures pass for those of another job. */
    private void nothingIsIgnored() {
        if (fp32 && amp) {
            throw new UsageException("--amp and --fp32 exclude each other: give only one of them, or neither for both precisions.");
        }
        if (vocab != null && !hasTexts()) {
            throw new UsageException("--vocab '" + vocab + "' has no effect on random tokens; name texts with --data, or leave it out.");
        }
        if (vocabSize != null && hasTexts()) {
            throw new UsageException("--vocab-size " + vocabSize + " has no effect on texts, whose vocabulary has its own size; leave it out.");
        }
        for (String option : List.of("--steps", "--warmup-steps")) {
            @Nullable Integer value = spec.findOption(option).getValue();
            if (value != null && epochs != null) {
                throw new UsageException(option + " " + value + " has no effect with --epochs, which times whole epochs; leave one of them out.");
            }
        }
    }

    private static int given(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }

    private static void atLeastOne(String option, int value) {
        if (value < 1) {
            throw new UsageException(option + " must be at least 1, not '" + value + "'.");
        }
    }
}
