// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.pretrained.Head;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.io.UserException;
import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import java.nio.file.Path;
import java.util.List;

/** Makes the model that a run starts with, under the head for its task. */
final class StartingModel {
    private final RunOptions options;
    private final Dataset dataset;
    private final BertTokenizer tokenizer;
    private final Device device;
    private final List<String> notes;

    /** @param notes takes what a user should know of how the model was loaded */
    StartingModel(RunOptions options, Dataset dataset, BertTokenizer tokenizer, Device device, List<String> notes) {
        this.options = options;
        this.dataset = dataset;
        this.tokenizer = tokenizer;
        this.device = device;
        this.notes = notes;
    }

    Task<?> from(RunOrigin origin) {
        if (origin.resumed() != null) {
            return fromLast(origin.resumed());
        }
        return origin.model() == null || origin.source() == null ? fromPreset() : fromModel(origin.model(), origin.source());
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
        BertConfig headed = switch (dataset.task()) {
            case EMBEDDINGS -> EmbeddingSetup.config(encoder, options, dataset);
            case MLM -> encoder.withWords();
            case TOKENS -> encoder.withTokens(dataset.labelNames());
            default -> encoder.withClassifier(dataset.labelNames(), pooler).withProblem(Tasks.problem(dataset.task()))
                    .withThreshold(options.task().threshold());
        };
        return headed.withDropout(options.model().dropout());
    }

    /** As the run's last checkpoint describes it; the trainer loads the weights, together with the rest of that checkpoint. */
    private Task<?> fromLast(RunFolder run) {
        try (Checkpoint checkpoint = Checkpoint.open(run.last())) {
            if (!checkpoint.model().config().labels().equals(dataset.labelNames())) {
                throw new UserException("The run in '" + run.root() + "' has the classes " + checkpoint.model().config().labels() + ", but " + dataset.name()
                        + " has " + dataset.labelNames() + "; resume it with the data that it was started with.");
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
}
