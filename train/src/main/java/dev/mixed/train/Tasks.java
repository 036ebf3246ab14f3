// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForMaskedLM;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertForTokenClassification;
import dev.mixed.bert.model.BertSentenceEncoder;
import dev.mixed.bert.pretrained.CheckpointFit;
import dev.mixed.bert.pretrained.Head;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.io.UserException;
import dev.mixed.train.run.TaskKind;

/** The tasks that a BERT is fine-tuned for. */
final class Tasks {
    private Tasks() {
    }

    /** Which of a new model's parameters are loaded before their first use: they are zeros until then. */
    enum Start { RANDOM, ENCODER_LOADED, LOADED }

    /** The task of a new model; its configuration says which it is. */
    static Task<?> made(BertConfig config, Start start, BertTokenizer tokenizer, Device device, long seed) {
        if (config.hasWords()) {
            return new MaskedLmTask(switch (start) {
                case RANDOM -> new BertForMaskedLM(config, device, seed);
                case ENCODER_LOADED -> BertForMaskedLM.withEncoderToBeLoaded(config, device, seed);
                case LOADED -> BertForMaskedLM.toBeLoaded(config, device, seed);
            }, tokenizer, seed);
        }
        if (config.hasVectors()) {
            return new EmbeddingTask(start == Start.RANDOM ? new BertSentenceEncoder(config, device, seed)
                    : BertSentenceEncoder.toBeLoaded(config, device, seed), config.vectors());
        }
        if (config.hasTokens()) {
            return new TokenTask(switch (start) {
                case RANDOM -> new BertForTokenClassification(config, device, seed);
                case ENCODER_LOADED -> BertForTokenClassification.withEncoderToBeLoaded(config, device, seed);
                case LOADED -> BertForTokenClassification.toBeLoaded(config, device, seed);
            }, config.labels());
        }
        BertForSequenceClassification model = switch (start) {
            case RANDOM -> new BertForSequenceClassification(config, device, seed);
            case ENCODER_LOADED -> BertForSequenceClassification.withEncoderToBeLoaded(config, device, seed);
            case LOADED -> BertForSequenceClassification.toBeLoaded(config, device, seed);
        };
        return switch (kind(config)) {
            case REGRESSION -> new RegressionTask(model);
            case MULTILABEL -> new MultiLabelTask(model, config.labels());
            default -> new ClassificationTask(model, config.labels());
        };
    }

    /** The task of a saved model with its weights; a {@link dev.mixed.io.UserException} says why it has none. */
    static Task<?> load(ModelFolder saved, BertTokenizer tokenizer, Device device) {
        saved.requireClassifier();
        if (saved.head() == Head.WORDS && tokenizer.maskId() < 0) {
            throw new UserException(
                    "The model in '" + saved.folder() + "' guesses words, but its tokenizer has no [MASK]; use the files that were saved with it.");
        }
        CheckpointFit.check(saved.weights(), saved.config());
        Task<?> task = made(saved.config(), Start.LOADED, tokenizer, device, 0);
        ModelState.load(saved, task.model(), saved.config());
        return task;
    }

    /** The configuration of one of BERT's models. */
    static BertConfig config(Task<?> task) {
        return switch (task.model()) {
            case BertForSequenceClassification model -> model.config();
            case BertForTokenClassification model -> model.config();
            case BertForMaskedLM model -> model.config();
            case BertSentenceEncoder model -> model.config();
            default -> throw new IllegalArgumentException("no model of BERT's: " + task.model().getClass());
        };
    }

    /** What a model with these settings was trained for. */
    static TaskKind kind(BertConfig config) {
        if (config.hasWords()) {
            return TaskKind.MLM;
        }
        if (config.hasTokens()) {
            return TaskKind.TOKENS;
        }
        if (config.hasVectors()) {
            return TaskKind.EMBEDDINGS;
        }
        return switch (config.problemType()) {
            case BertConfig.REGRESSION -> TaskKind.REGRESSION;
            case BertConfig.MULTI_LABEL -> TaskKind.MULTILABEL;
            default -> TaskKind.CLASSIFICATION;
        };
    }

    /** {@code problem_type} of a model that learns this; empty for what is a model's without one. */
    static String problem(TaskKind kind) {
        return switch (kind) {
            case REGRESSION -> BertConfig.REGRESSION;
            case MULTILABEL -> BertConfig.MULTI_LABEL;
            default -> "";
        };
    }
}
