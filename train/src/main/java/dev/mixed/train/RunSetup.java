// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.Head;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.bert.tokenizer.WordPieceVocabularyBuilder;
import dev.mixed.engine.Device;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.checkpoint.CheckpointFolder;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.DataLoader;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.Folds;
import dev.mixed.train.data.HeldOutTexts;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.LengthBuckets;
import dev.mixed.train.data.Tokenization;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RepeatOptions;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import dev.mixed.train.run.TaskOptions;
import dev.mixed.weights.hub.DatasetHub;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Everything that a training run needs before its first step, made from its options. */
public final class RunSetup {
    private static final long[] NOTHING = {};

    private RunOptions options;
    private final Device device;
    private final Dataset.Found found;
    private final Dataset dataset;
    private final TrainingData data;
    private final Tokenization tokenization;
    private final BertTokenizer tokenizer;
    private final Task<?> task;
    private final BertConfig config;
    private final DataParallel ranks;
    private final List<String> notes = new ArrayList<>();
    /** Texts that are tokenized on other threads, from before the model is made. */
    private final IdentityHashMap<List<LabeledText>, CompletableFuture<TokenizedDataset>> ahead = new IdentityHashMap<>();
    /** Where the model to start from lies; null without one. */
    private final @Nullable Path source;
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
        if (options.data().path() == null && !options.data().columns().isDefault()) {
            throw new UsageException("--text-column, --pair-column, --label-column, --delimiter and --no-header say how a file is read; give it with --data.");
        }
        Path named = options.data().path();
        Path files = named != null && DatasetHub.isName(named.toString()) ? datasets.apply(named.toString()) : named;
        this.found = files == null ? new Dataset.Found(bundled(options.data().task()), DataColumns.DEFAULT)
                : Dataset.find(files, options.compute().seed(), options.data().columns(), options.data().task(), notes::add);
        boolean given = files == null || Dataset.isFolderOfSplits(files);
        Dataset loaded = folded(found.dataset(), given).first(options.data().maxTrain(), options.data().maxValidation(), options.data().maxTest());
        EmbeddingSetup.require(options, loaded);
        EmbeddingSetup.tell(options, loaded, notes);
        if (loaded.validation().isEmpty() || loaded.test().isEmpty()) {
            throw new UserException("'" + options.data().path() + "' has no " + (loaded.test().isEmpty() ? "test" : "validation")
                    + " texts; training needs train, validation and test files, or one file that is large enough to split.");
        }
        if (options.folder().resume()) {
            folder().recover();
        }
        String start = options.model().name();
        this.source = resuming() || start == null ? null : models.apply(start);
        if (source != null) {
            Checkpoint.requireModel(source);
        }
        long[] earlier = resuming() ? saved().map(TrainingData::earlier).orElse(NOTHING)
                : source == null ? NOTHING : CheckpointFolder.trainingData(source).map(TrainingData::everLearned).orElse(NOTHING);
        this.dataset = HeldOutTexts.of(loaded, given && options.repeats().folds() == null, earlier, notes);
        this.data = TrainingData.of(dataset, earlier);
        this.tokenization = Tokenization.of(dataset.task(), options.batches().length(), options.task().truncate(), options.task().stride())
                .inBlocks(options.task().blocks(), dataset.task());
        tokenization.require(dataset.isOfPairs());
        this.tokenizer = tokenizer();
        if (dataset.task() == TaskKind.MLM && tokenizer.maskId() < 0) {
            throw new UserException("The vocabulary has no [MASK], which stands for a word to be guessed; use one that has.");
        }
        if (!resuming() && source == null && !dataset.isOfPairs() && tokenization.isPlain()) {
            // A preset's random weights take as long.
            List.of(dataset.train(), dataset.validation(), dataset.test())
                    .forEach(texts -> ahead.put(texts, CompletableFuture.supplyAsync(() -> tokenized(texts, tokenizer.vocabSize()))));
        }
        requireThreshold(options.task(), dataset.task());
        this.task = EmbeddingSetup.scored(resuming() ? fromLast() : start == null || source == null ? fromPreset() : fromModel(start, source), dataset);
        if (task instanceof MultiLabelTask labels) {
            labels.setTuned(options.task().tuneThreshold());
        }
        this.config = Tasks.config(task);
        TokenizedDataset.requireLength(options.batches().length(), config.maxPositionEmbeddings());
        boolean apart = tokenization.apart();
        if (dataset.isOfPairs() && !apart) {
            Pairs.require(options.batches().length(), config);
        }
        // The trainer would say so too, but only when a run that is to be overwritten is gone.
        BestBy.of(options.scoring().metric(), task);
        task.with(LossForm.of(options.loss(), task, dataset.train().stream().map(LabeledText::target)));
        RunModel.check(task.model(), options.optimizer());
        EmbeddingSetup.requireLearning(options, task);
        if (!tokenization.isPlain()) {
            // So are texts that leave no room for others, and how many items all make.
            List.of(dataset.train(), dataset.validation(), dataset.test())
                    .forEach(texts -> ahead.put(texts, CompletableFuture.completedFuture(tokenized(texts, config.vocabSize()))));
        }
        int items = tokenization.isPlain() ? dataset.train().size() : tokenized(dataset.train()).size();
        int batch = options.batches().isAuto() ? 1 : options.batches().size();
        options.schedule().over(RunLength.of(Math.ceilDiv(items, batch), options).steps());
        BatchShape.require(config, apart ? 2 * batch : batch, options.batches().length());
    }

    private static void requireThreshold(TaskOptions options, TaskKind task) {
        boolean given = options.threshold() != MultiLabelTask.THRESHOLD;
        if (task != TaskKind.MULTILABEL && (given || options.tuneThreshold())) {
            throw new UsageException("--threshold and --tune-threshold are for --task multilabel: leave them out.");
        }
        if (given && options.tuneThreshold()) {
            throw new UsageException("--threshold sets what --tune-threshold would find: give only one of them.");
        }
    }

    /** The texts of one fold, if the run is one of several. */
    private Dataset folded(Dataset all, boolean given) {
        RepeatOptions repeats = options.repeats();
        Integer folds = repeats.folds();
        if (repeats.several()) {
            throw new UsageException("--seeds and --folds are several runs, and this is one: give --seed, or --fold with --folds.");
        }
        return folds == null ? all : Folds.of(all, given, folds, Objects.requireNonNull(repeats.fold()), options.compute().seed(), notes::add);
    }

    /** A run that was stopped before its first checkpoint is resumed from its beginning, which gives the same numbers. */
    private boolean resuming() {
        return options.folder().resume() && folder().canResume();
    }

    /** What the run was trained on up to now; empty where its last checkpoint does not say so. */
    private Optional<TrainingData> saved() {
        return CheckpointFolder.trainingData(folder().last());
    }

    private BertTokenizer tokenizer() {
        BertTokenizer tokenizer = openTokenizer();
        if (options.model().cased() && tokenizer.lowerCases() || options.model().uncased() && !tokenizer.lowerCases()) {
            boolean lower = tokenizer.lowerCases();
            tokenizer.close();
            throw new UserException("--%s contradicts the tokenizer, which %s; leave the option out, or change \"do_lower_case\" in its tokenizer_config.json."
                    .formatted(options.model().cased() ? "cased" : "uncased", lower ? "lower-cases texts" : "keeps their case"));
        }
        notes.addAll(tokenizer.notices());
        if (!resuming() && !options.model().uncased()) {
            tokenizer.capitalsNotice().ifPresent(notice -> notes.add(options.model().vocab() == null ? notice + "." : notice + ", or give --cased."));
        }
        tokenizer.maxLength().ifPresent(longest -> {
            if (longest < options.batches().length()) {
                notes.add("--length %d is above the tokenizer's model_max_length, %d.".formatted(options.batches().length(), longest));
            }
        });
        return tokenizer;
    }

    private BertTokenizer openTokenizer() {
        if (resuming()) {
            return TokenizerFiles.load(folder().last());
        }
        Path vocab = options.model().vocab();
        if (vocab != null) {
            return BertTokenizer.isBareVocabulary(vocab) ? BertTokenizer.fromVocab(vocab, !options.model().cased()) : BertTokenizer.load(vocab);
        }
        if (source != null) {
            return TokenizerFiles.load(source);
        }
        boolean lowerCase = !options.model().cased();
        BertTokenizer built = BertTokenizer.of(WordPieceVocabularyBuilder.build(Dataset.allTexts(dataset.train()), lowerCase), lowerCase);
        notes.add("No --vocab was given: a WordPiece vocabulary of " + built.vocabSize() + " entries was built from the training texts.");
        return built;
    }

    private Task<?> fromPreset() {
        boolean pooler = options.model().head() == RunOptions.Head.POOLER || options.model().head() == RunOptions.Head.AUTO && !isOfClasses();
        BertConfig made = headed(
                BertConfig.of(Preset.of(options.model().preset()), tokenizer.vocabSize(), dataset.labelNames()).withPadTokenId(tokenizer.padId()),
                pooler);
        return Tasks.made(made, Tasks.Start.RANDOM, tokenizer, device, options.compute().seed());
    }

    /** The encoder of a configuration under the head for the run's task. */
    private BertConfig headed(BertConfig encoder, boolean pooler) {
        BertConfig headed = dataset.task() == TaskKind.EMBEDDINGS ? EmbeddingSetup.config(encoder, options, dataset)
                : dataset.task() == TaskKind.MLM ? encoder.withWords() : dataset.task() == TaskKind.TOKENS ? encoder.withTokens(dataset.labelNames())
                        : encoder.withClassifier(dataset.labelNames(), pooler).withProblem(Tasks.problem(dataset.task()))
                                .withThreshold(options.task().threshold());
        return headed.withDropout(options.model().dropout());
    }

    /** As the run's last checkpoint describes it; the trainer loads the weights, together with the rest of that checkpoint. */
    private Task<?> fromLast() {
        try (Checkpoint checkpoint = Checkpoint.open(folder().last())) {
            if (!checkpoint.model().config().labels().equals(dataset.labelNames())) {
                throw new UserException(
                        "The run in '" + folder().root() + "' has the classes " + checkpoint.model().config().labels() + ", but " + dataset.name() + " has "
                                + dataset.labelNames() + "; resume it with the data that it was started with.");
            }
            ModelState.requireEncoder(checkpoint.model(), checkpoint.model().config());
            return Tasks.made(checkpoint.model().config(), Tasks.Start.LOADED, tokenizer, device, options.compute().seed());
        }
    }

    /** @param name of the model as the user gave it, whose folder is {@code from} */
    private Task<?> fromModel(String name, Path from) {
        try (Checkpoint checkpoint = Checkpoint.openEncoder(from)) {
            notes.addAll(checkpoint.model().notes());
            BertConfig made = headed(checkpoint.model().config(), pooler(checkpoint.model()));
            // A model's own vocabulary may leave rows of the word embeddings unused; another one of another size is a mistake.
            int rows = tokenizer.requiredRows();
            if (options.model().vocab() == null ? made.vocabSize() < rows : made.vocabSize() != rows && made.vocabSize() != tokenizer.vocabSize()) {
                throw new UserException("The vocabulary has " + rows + " entries, but the model in '" + name + "' was made for "
                        + made.vocabSize() + "; give the --vocab that belongs to it.");
            }
            VocabularyNotice.of(from, tokenizer.vocabSize(), made.vocabSize()).ifPresent(notes::add);
            ModelState.requireEncoder(checkpoint.model(), made);
            Task<?> loaded = Tasks.made(made, Tasks.Start.ENCODER_LOADED, tokenizer, device, options.compute().seed());
            PretrainedNotes.add(notes, name, ModelState.loadPretrained(checkpoint.model(), loaded.model(), made));
            return loaded;
        }
    }

    private boolean isOfClasses() {
        return dataset.task() == TaskKind.CLASSIFICATION;
    }

    private boolean pooler(ModelFolder stored) {
        return switch (options.model().head()) {
            case AUTO -> !isOfClasses() || stored.head() == Head.POOLER && stored.config().labels().equals(dataset.labelNames());
            case CLS -> false;
            case POOLER -> true;
        };
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
            saved().ifPresentOrElse(was -> was.requireSame(data, dataset.name(), folder().root().toString()),
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
                    labels.setThreshold(checkpoint.model().config().threshold());
                }
            }
        }
    }

    /** Texts as the run's model reads them. */
    TokenizedDataset tokenized(List<LabeledText> texts) {
        CompletableFuture<TokenizedDataset> begun = ahead.get(texts);
        if (begun == null) {
            return tokenized(texts, config.vocabSize());
        }
        try {
            return begun.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    /** @param rows of the model's word embeddings */
    private TokenizedDataset tokenized(List<LabeledText> texts, int rows) {
        return tokenization.of(texts, tokenizer.forRows(rows));
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
        DataColumns columns = found.columns();
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

    private static Dataset bundled(TaskKind task) {
        if (task != TaskKind.AUTO && task != TaskKind.CLASSIFICATION) {
            throw new UsageException("--task " + RunOptions.label(task) + " needs --data: the small data set that comes with miXed has classes.");
        }
        return Dataset.bundled();
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
