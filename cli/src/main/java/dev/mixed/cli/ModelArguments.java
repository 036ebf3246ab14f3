// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Pooling;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.Truncation;
import dev.mixed.engine.Background;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.train.Embedder;
import dev.mixed.train.LoadedModel;
import dev.mixed.train.VocabularyNotice;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that eval and predict share. */
final class ModelArguments {
    private static final int DEFAULT_LENGTH = 128;

    @Option(names = "--model", required = true, paramLabel = "<model>",
            description = "folder of a trained model, such as a run's output folder, or its name on Hugging Face's hub")
    private String model;

    @Option(names = "--offline", description = "download nothing: a model named as on the hub has to be in Hugging Face's cache")
    private boolean offline;

    private @Nullable Path folder;
    private @Nullable Background<Map<String, @Nullable Object>> run;

    @Mixin
    private DeviceArguments device;

    @ArgGroup
    private final PrecisionArguments precision = new PrecisionArguments();

    @Option(names = "--batch", defaultValue = "32", paramLabel = "<n>", description = "texts per step (default: ${DEFAULT-VALUE})")
    private int batch;

    @Option(names = "--pad", defaultValue = "auto", paramLabel = "<how>", description = "how texts form a batch, as train has it: auto, bucket, coarse, max or"
            + " packed; the numbers are the same (default: ${DEFAULT-VALUE})")
    private RunOptions.Pad pad;

    @Option(names = "--length", paramLabel = "<n>",
            description = "longest input in tokens; what is longer is cut (default: as the model was trained, or the tokenizer's model_max_length up to 128)")
    private @Nullable Integer length;

    @Option(names = "--truncate", paramLabel = "<which>", description = "which text of a pair is cut: longest_first, only_first or only_second (default: as the"
            + " model was trained, or longest_first)")
    private @Nullable Truncation truncation;

    @Option(names = "--stride", paramLabel = "<n>",
            description = "read long texts in windows that share so many tokens, and take the mean of what the model says"
                    + " of them (default: as the model was trained, or cut them)")
    private @Nullable Integer stride;

    /** Whether nothing may be downloaded. */
    boolean offline() {
        return offline;
    }

    /** The model's folder, which may have to be downloaded first. */
    Path model() {
        if (folder == null) {
            folder = Models.finder(offline).apply(model);
        }
        return folder;
    }

    DeviceArguments deviceArguments() {
        return device;
    }

    Device device() {
        return device.open(precision.precision() == Precision.FP32);
    }

    /** The model; what is odd about it goes to {@code err}. */
    LoadedModel open(Device device, PrintWriter err) {
        beginRun();
        LoadedModel loaded = LoadedModel.open(model(), device, precision.precision());
        loaded.setPad(pad);
        tell(loaded.notes(), loaded.tokenizer(), loaded.config(), err);
        return loaded;
    }

    /** What makes vectors of texts; what is odd about it goes to {@code err}. */
    Embedder embedder(Device device, @Nullable Pooling pooling, @Nullable Boolean normalize, PrintWriter err) {
        beginRun();
        Embedder opened = Embedder.open(model(), device, precision.precision(), pooling, normalize);
        tell(opened.notes(), opened.tokenizer(), opened.config(), err);
        return opened;
    }

    private void tell(List<String> notes, BertTokenizer tokenizer, BertConfig config, PrintWriter err) {
        notes.forEach(err::println);
        tokenizer.notices().forEach(err::println);
        tokenizer.capitalsNotice().ifPresent(notice -> err.println(notice + "."));
        VocabularyNotice.of(model(), tokenizer.vocabSize(), config.vocabSize()).ifPresent(err::println);
    }

    /** How texts are read: as was typed, else as the run did. */
    Tokenization tokenization(LoadedModel loaded) {
        Map<String, @Nullable Object> run = run();
        requireStride();
        Truncation which = truncation != null ? truncation : run.get("truncate") instanceof Truncation trained ? trained : Truncation.LONGEST_FIRST;
        return loaded.tokenization(length(loaded), which, stride != null ? stride : run.get("stride") instanceof Integer trained ? trained : null);
    }

    /** How single texts are read of which vectors are made: as was typed. */
    Tokenization tokenization(int texts) {
        requireStride();
        Tokenization how = new Tokenization(texts, truncation == null ? Truncation.LONGEST_FIRST : truncation, stride);
        how.require(false);
        return how;
    }

    private void requireStride() {
        if (stride != null && stride < 0) {
            throw new UsageException("--stride must be a whole number from 0, not '" + stride + "'.");
        }
    }

    /** How texts form a batch. */
    RunOptions.Pad pad() {
        return pad;
    }

    int batch() {
        if (batch < 1 || batch > 65536) {
            throw new UsageException("--batch must be a whole number from 1 to 65536, not '" + batch + "'.");
        }
        return batch;
    }

    /** The options of the run that trained the model, of which {@code last/} and its like are models too; empty where no run is known. */
    Map<String, @Nullable Object> run() {
        return beginRun().join();
    }

    /** Reading them takes as long as opening the model: both go on at once. */
    private Background<Map<String, @Nullable Object>> beginRun() {
        if (run == null) {
            Path folder = model().toAbsolutePath().normalize();
            run = Background.begin("mixed-run", () -> read(folder));
        }
        return run;
    }

    private static Map<String, @Nullable Object> read(Path folder) {
        Path parent = folder.getParent();
        Path run = parent != null && RunOptionsIO.isRun(parent) && new RunFolder(parent).holds(folder) ? parent : folder;
        return Files.exists(run.resolve(RunOptionsIO.FILE))
                ? Collections.unmodifiableMap(RunOptionsIO.readRun(run, "restore it from a copy, or move it away to do without")) : Map.of();
    }

    /** The length given, or the one that the run in the model's folder was trained with, or the tokenizer's own where it is below the default. */
    int length(LoadedModel loaded) {
        return length(loaded.config(), loaded.tokenizer());
    }

    /** {@link #length(LoadedModel)} of a model with this configuration and tokenizer. */
    int length(BertConfig config, BertTokenizer tokenizer) {
        if (length != null) {
            TokenizedDataset.requireLength(length, config.maxPositionEmbeddings());
            return length;
        }
        int unless = Math.min(DEFAULT_LENGTH, tokenizer.maxLength().orElse(DEFAULT_LENGTH));
        return Math.min(run().get("length") instanceof Integer trained ? trained : unless, config.maxPositionEmbeddings());
    }
}
