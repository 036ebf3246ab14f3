// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Background;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import dev.mixed.train.run.TaskOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a training run reads and needs no device for: its texts, their tokenizer, and where its weights come from. */
public final class RunInputs {
    private final RunOptions options;
    private final @Nullable RunFolder folder;
    private final RunOrigin origin;
    private final DataColumns columns;
    private final Dataset dataset;
    private final TrainingData data;
    private final Tokenization tokenization;
    private final BertTokenizer tokenizer;
    private final TokenizedTexts texts;
    private final List<String> notes = new ArrayList<>();

    private RunInputs(RunOptions options, @Nullable Path output, Function<String, Path> models, Function<String, Path> datasets) {
        this.options = options;
        this.folder = output == null ? null : new RunFolder(output);
        Optional<Background<OpenedTokenizer>> ahead = tokenizerAhead(options);
        RunTexts found = RunTexts.of(options, datasets, notes);
        Dataset all = found.all();
        this.columns = found.columns();
        this.origin = RunOrigin.of(options, folder, models);
        this.tokenization = Tokenization.of(all.task(), options.batches().length(), options.task().truncate(), options.task().stride())
                .inBlocks(options.task().blocks(), all.task());
        tokenization.require(all.isOfPairs());
        OpenedTokenizer opened = ahead.isPresent() ? ahead.get().join() : OpenedTokenizer.open(options, origin, () -> all);
        this.tokenizer = opened.tokenizer();
        this.texts = new TokenizedTexts(tokenization, tokenizer);
        // A preset's random weights take as long.
        boolean begin = origin.resumed() == null && origin.source() == null && !all.isOfPairs() && tokenization.isPlain();
        if (begin) {
            texts.begin(List.of(all.train()), tokenizer.vocabSize());
        }
        long[] earlier = origin.earlier();
        this.dataset = found.apart(options.repeats().folds(), earlier, notes);
        this.data = TrainingData.of(dataset, earlier);
        notes.addAll(opened.notes());
        if (dataset.task() == TaskKind.MLM && tokenizer.maskId() < 0) {
            throw new UserException("The vocabulary has no [MASK], which stands for a word to be guessed; use one that has.");
        }
        requireThreshold(options.task(), dataset.task());
        if (begin) {
            texts.begin(List.of(dataset.validation(), dataset.test()), tokenizer.vocabSize());
        }
    }

    /** The tokenizer of a vocabulary's file, which needs nothing of the texts. */
    private static Optional<Background<OpenedTokenizer>> tokenizerAhead(RunOptions options) {
        return options.model().vocab() == null || options.folder().resume() ? Optional.empty()
                : Optional.of(Background.begin("mixed-tokenizer", () -> OpenedTokenizer.open(options, RunOrigin.PRESET, () -> {
                    throw new IllegalStateException("a vocabulary's file needs no texts");
                })));
    }

    /** A tokenizer, and what the user should know of it. */
    private record OpenedTokenizer(BertTokenizer tokenizer, List<String> notes) {
        static OpenedTokenizer open(RunOptions options, RunOrigin origin, Supplier<Dataset> dataset) {
            List<String> notes = new ArrayList<>();
            return new OpenedTokenizer(RunTokenizer.open(options, origin, dataset, notes), notes);
        }
    }

    /**
     * Reads them; writes nothing, but for completing an interrupted save in the folder of a run that is resumed.
     *
     * @param output   the run's folder, which resuming reads; null if it is not known yet
     * @param models   finds the folder of {@code --model}, perhaps by a download
     * @param datasets finds the folder of {@code --data} where it names a data set on the hub, perhaps by a download
     * @throws UserException where they can't be read, or do not fit the options
     */
    public static RunInputs read(RunOptions options, @Nullable Path output, Function<String, Path> models, Function<String, Path> datasets) {
        return new RunInputs(options, output, models, datasets);
    }

    private static void requireThreshold(TaskOptions options, TaskKind task) {
        boolean given = options.threshold() != MultiLabelTask.THRESHOLD;
        boolean tuned = options.tuneThreshold() || options.tuneLabelThresholds();
        if (task != TaskKind.MULTILABEL && (given || tuned)) {
            throw new UsageException("--threshold, --tune-threshold and --tune-label-thresholds are for --task multilabel: leave them out.");
        }
        if (given && tuned) {
            throw new UsageException("--threshold sets what --tune-threshold and --tune-label-thresholds would find: give only one of them.");
        }
        if (options.tuneThreshold() && options.tuneLabelThresholds()) {
            throw new UsageException("--tune-threshold finds one threshold for all labels and --tune-label-thresholds one for each: give only one of them.");
        }
    }

    RunOptions options() {
        return options;
    }

    @Nullable
    RunFolder folder() {
        return folder;
    }

    RunOrigin origin() {
        return origin;
    }

    DataColumns columns() {
        return columns;
    }

    Dataset dataset() {
        return dataset;
    }

    TrainingData data() {
        return data;
    }

    Tokenization tokenization() {
        return tokenization;
    }

    BertTokenizer tokenizer() {
        return tokenizer;
    }

    TokenizedTexts texts() {
        return texts;
    }

    /** What the user should know, a sentence each; the set-up adds to it. */
    List<String> notes() {
        return notes;
    }

    /** Texts to train on, to validate with and to test with. */
    List<List<LabeledText>> parts() {
        return List.of(dataset.train(), dataset.validation(), dataset.test());
    }
}
