// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.checkpoint.CheckpointFolder;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import dev.mixed.train.run.TaskOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Everything that a training run needs before its first step, made from its options. */
public final class RunSetup {
    private RunOptions options;
    private final Device device;
    private final DataColumns columns;
    private final Dataset dataset;
    private final TrainingData data;
    private final BertTokenizer tokenizer;
    private final TokenizedTexts texts;
    private final Task<?> task;
    private final BertConfig config;
    private final DataParallel ranks;
    private final List<String> notes = new ArrayList<>();
    private @Nullable RunFolder folder;
    private @Nullable Trainer trainer;

    /**
     * Loads data, tokenizer and initial model; writes nothing.
     *
     * @param output the run's folder, which resuming reads; null if it is not known yet, see {@link #in}
     * @param models finds the folder of {@code --model}, perhaps by a download
     */
    public RunSetup(RunOptions options, @Nullable Path output, Device device, Function<String, Path> models) {
        this(options, output, device, models, name -> {
            throw new UserException("'" + name + "' names a data set on the hub, where nobody looks here; give a file or folder.");
        });
    }

    /**
     * {@link #RunSetup(RunOptions, Path, Device, Function)} with data sets of the hub.
     *
     * @param datasets finds the folder of {@code --data} where it names a data set on the hub, perhaps by a download
     */
    public RunSetup(RunOptions options, @Nullable Path output, Device device, Function<String, Path> models, Function<String, Path> datasets) {
        this(options, output, device, models, datasets, DataParallel.single());
    }

    /**
     * {@link #RunSetup(RunOptions, Path, Device, Function, Function)} as one of several ranks, each of which reads data and model for itself.
     *
     * @param ranks that train together
     */
    public RunSetup(RunOptions options, @Nullable Path output, Device device, Function<String, Path> models, Function<String, Path> datasets,
            DataParallel ranks) {
        this.ranks = ranks;
        this.options = options;
        this.device = device;
        this.folder = output == null ? null : new RunFolder(output);
        RunTexts found = RunTexts.of(options, datasets, notes);
        this.columns = found.columns();
        RunOrigin origin = RunOrigin.of(options, folder, models);
        long[] earlier = origin.earlier();
        this.dataset = found.apart(options.repeats().folds(), earlier, notes);
        this.data = TrainingData.of(dataset, earlier);
        Tokenization tokenization = Tokenization.of(dataset.task(), options.batches().length(), options.task().truncate(), options.task().stride())
                .inBlocks(options.task().blocks(), dataset.task());
        tokenization.require(dataset.isOfPairs());
        this.tokenizer = RunTokenizer.open(options, origin, dataset, notes);
        if (dataset.task() == TaskKind.MLM && tokenizer.maskId() < 0) {
            throw new UserException("The vocabulary has no [MASK], which stands for a word to be guessed; use one that has.");
        }
        this.texts = new TokenizedTexts(tokenization, tokenizer);
        List<List<LabeledText>> parts = List.of(dataset.train(), dataset.validation(), dataset.test());
        if (origin.resumed() == null && origin.source() == null && !dataset.isOfPairs() && tokenization.isPlain()) {
            // A preset's random weights take as long.
            texts.begin(parts, tokenizer.vocabSize());
        }
        requireThreshold(options.task(), dataset.task());
        this.task = EmbeddingSetup.scored(new StartingModel(options, dataset, tokenizer, device, notes).from(origin), dataset);
        if (task instanceof MultiLabelTask labels) {
            labels.setTuning(options.task().tuning());
        }
        this.config = Tasks.config(task);
        TokenizedDataset.requireLength(options.batches().length(), config.maxPositionEmbeddings());
        boolean apart = tokenization.apart();
        if (dataset.isOfPairs() && !apart) {
            Pairs.require(options.batches().length(), config);
        }
        // The trainer would say so too, but only when a run that is to be overwritten is gone.
        BestBy decided = BestBy.of(options.scoring().metric(), task);
        if (origin.resumed() == null) {
            decided.require(task, dataset.validation().stream().map(LabeledText::target).toList());
        }
        task.with(LossForm.of(options.loss(), task, dataset.train().stream().map(LabeledText::target)));
        RunModel.check(task.model(), options.optimizer());
        EmbeddingSetup.requireLearning(options, task);
        if (!tokenization.isPlain()) {
            // So are texts that leave no room for others, and how many items all make.
            texts.finish(parts, config.vocabSize());
        }
        int items = tokenization.isPlain() ? dataset.train().size() : tokenized(dataset.train()).size();
        int batch = options.batches().isAuto() ? 1 : options.batches().size();
        options.schedule().over(RunLength.of(Math.ceilDiv(items, batch), options).steps());
        BatchShape.require(config, apart ? 2 * batch : batch, options.batches().length());
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

    /** This set-up with its output in a folder that was made later. */
    public RunSetup in(Path output) {
        folder = new RunFolder(output);
        return this;
    }

    /** A trainer at the start of the run, or where the run's last checkpoint left it. */
    public Trainer trainer() {
        TokenizedDataset train = tokenized(dataset.train());
        TokenizedDataset validation = tokenized(dataset.validation());
        Map<String, byte[]> tokenizerFiles = TokenizerFiles.of(tokenizer, config);
        ranks.requireSame(RankFacts.of(options, device, data, tokenizerFiles));
        options = AutoBatch.decided(task, train, options, device, notes::add, ranks);
        Trainer made = Trainer.of(task, train, validation, tokenizerFiles, options, folder(), device, ranks);
        notes.addAll(Advice.of(options, dataset, train, config, made.totalSteps()));
        made.record(data);
        if (options.folder().resume() && !folder().canResume()) {
            notes.add("The run in '" + folder().root() + "' was stopped before it saved a checkpoint: it starts from the beginning.");
        } else if (options.folder().resume()) {
            CheckpointFolder.trainingData(folder().last()).ifPresentOrElse(was -> was.requireSame(data, dataset.name(), folder().root().toString()),
                    () -> notes.add("The run in '" + folder().root() + "' was saved without a record of its data: whether " + dataset.name()
                            + " is still as it was can't be told."));
            made.resume();
            if (ranks.size() != options.ranks().count()) {
                notes.add("The run was started on " + options.ranks().count() + (options.ranks().count() == 1 ? " rank" : " ranks") + " and goes on on "
                        + ranks.size() + ": its steps are over the same " + options.stepBatches() + " batches, whose gradients are added in another order.");
            }
        }
        if (ranks.size() > 1) {
            ranks.requireSame(RankFacts.of(made.stepsDone(), task.model()));
        }
        trainer = made;
        return made;
    }

    /** Scores the best epoch's model on the test texts: the trainer's own where it has that still, else the one in the run's folder. */
    public Evaluation test() {
        return testTogether().orElseThrow(() -> new IllegalStateException("rank 0 alone has the scores"));
    }

    /** {@link #test} on all ranks at once, of which rank 0 has the result. */
    public Optional<Evaluation> testTogether() {
        Trainer trained = trainer;
        if (trained == null || !trained.holdsBest()) {
            loadBest(trained);
            ranks.copyFromFirst(List.copyOf(task.model().stateDict().values()));
        }
        TokenizedDataset test = tokenized(dataset.test());
        // The trainer has recorded programs for these shapes already.
        Evaluator evaluator = trained != null ? trained.evaluator()
                : new Evaluator(new PredictionStep(task, device, options.compute().precision()), task, ranks);
        try {
            return evaluator.evaluateTogether(test, DataLoader.sequential(test, options.batches().size(),
                    LengthBuckets.of(pad(), options.batches().length(), device), task::batch), texts -> {});
        } catch (NonFiniteException e) {
            throw e.at("test text " + (e.index() + 1));
        }
    }

    private void loadBest(@Nullable Trainer trained) {
        if (ranks.leads()) {
            if (trained != null) {
                trained.awaitSaved();
            }
            try (Checkpoint checkpoint = Checkpoint.open(folder().best())) {
                ModelState.load(checkpoint.model(), task.model(), config);
                if (task instanceof MultiLabelTask labels) {
                    labels.setThresholds(checkpoint.model().config().thresholds());
                }
            }
        }
    }

    /** Texts as the run's model reads them. */
    TokenizedDataset tokenized(List<LabeledText> some) {
        return texts.of(some, config.vocabSize());
    }

    public Dataset dataset() {
        return dataset;
    }

    /** Sizes of the model, and what it is for. */
    public BertConfig config() {
        return config;
    }

    public SequenceModel model() {
        return task.model();
    }

    /** What the model learns. */
    public Task<?> task() {
        return task;
    }

    /** The run's options with what was found from the data and, once there is a {@link #trainer}, the size of batches, so that other files are read as these were. */
    public RunOptions found() {
        Map<String, @Nullable Object> read = new LinkedHashMap<>();
        read.put("text-column", columns.text());
        read.put("pair-column", columns.pair());
        read.put("label-column", columns.label());
        read.put("no-header", !columns.header());
        if (dataset.task() != TaskKind.CLASSIFICATION) {
            read.put("task", dataset.task());
        }
        RunOptions decided = options.with("pad", pad());
        return options.data().path() == null ? decided : decided.with(read);
    }

    private RunOptions.Pad pad() {
        return RunModel.pad(task.model(), options, device);
    }

    /** How many ranks train together, and how, as the end of a sentence about the run; nothing for one. */
    public String together() {
        return ranks.size() == 1 ? "" : "; " + ranks.size() + " ranks, gradients by " + ranks.description();
    }

    /** The run's folder. */
    public RunFolder folder() {
        return Objects.requireNonNull(folder, "the run's folder is not known before in()");
    }

    /** What the user should know about how the run was set up, a sentence each. */
    public List<String> notes() {
        return notes;
    }
}
