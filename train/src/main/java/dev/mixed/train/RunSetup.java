// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.SequenceModel;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
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
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Everything that a training run needs before its first step, made from its options. */
public final class RunSetup {
    private final RunInputs inputs;
    private final Device device;
    private final Dataset dataset;
    private final BertTokenizer tokenizer;
    private final TokenizedTexts texts;
    private final Task<?> task;
    private final BertConfig config;
    private final DataParallel ranks;
    private final List<String> notes;
    private RunOptions options;
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
        this(RunInputs.read(options, output, models, datasets), device, ranks);
    }

    /**
     * Makes the initial model for what was read; writes nothing.
     *
     * @param ranks that train together
     */
    public RunSetup(RunInputs inputs, Device device, DataParallel ranks) {
        this.ranks = ranks;
        this.inputs = inputs;
        this.options = inputs.options();
        this.device = device;
        this.folder = inputs.folder();
        this.notes = inputs.notes();
        this.dataset = inputs.dataset();
        this.tokenizer = inputs.tokenizer();
        this.texts = inputs.texts();
        RunOrigin origin = inputs.origin();
        Tokenization tokenization = inputs.tokenization();
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
            texts.finish(inputs.parts(), config.vocabSize());
        }
        int items = tokenization.isPlain() ? dataset.train().size() : tokenized(dataset.train()).size();
        int batch = options.batches().isAuto() ? 1 : options.batches().size();
        options.schedule().over(RunLength.of(Math.ceilDiv(items, batch), options).steps());
        BatchShape.require(config, apart ? 2 * batch : batch, options.batches().length());
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
        ranks.requireSame(RankFacts.of(options, device, inputs.data(), tokenizerFiles));
        options = AutoBatch.decided(task, train, options, device, notes::add, ranks);
        Trainer made = Trainer.of(task, train, validation, tokenizerFiles, options, folder(), device, ranks);
        notes.addAll(Advice.of(options, dataset, train, config, made.totalSteps()));
        made.record(inputs.data());
        if (options.folder().resume() && !folder().canResume()) {
            notes.add("The run in '" + folder().root() + "' was stopped before it saved a checkpoint: it starts from the beginning.");
        } else if (options.folder().resume()) {
            CheckpointFolder.trainingData(folder().last()).ifPresentOrElse(was -> was.requireSame(inputs.data(), dataset.name(), folder().root().toString()),
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
        read.put("text-column", inputs.columns().text());
        read.put("pair-column", inputs.columns().pair());
        read.put("label-column", inputs.columns().label());
        read.put("no-header", !inputs.columns().header());
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
