// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.engine.Device;
import dev.mixed.train.run.TaskKind;

/** The tasks that a BERT is fine-tuned for. */
final class Tasks {
    private Tasks() {
    }

    /** The task of a model that is to be trained; {@code kind} is not {@link TaskKind#AUTO}. */
    static Task<?> of(BertForSequenceClassification model, TaskKind kind) {
        return switch (kind) {
            case AUTO -> throw new IllegalArgumentException("the task is not decided yet");
            case CLASSIFICATION -> new ClassificationTask(model, model.config().labels());
            case REGRESSION -> new RegressionTask(model);
            case MULTILABEL -> new MultiLabelTask(model, model.config().labels());
        };
    }

    /** The task of a saved model with its weights; a {@link dev.mixed.io.UserException} says why it has none. */
    static Task<?> load(ModelFolder saved, Device device) {
        saved.requireClassifier();
        BertForSequenceClassification model = new BertForSequenceClassification(saved.config(), device, 0);
        ModelState.load(saved, model);
        return of(model, kind(saved.config()));
    }

    /** What a model with these settings was trained for. */
    static TaskKind kind(BertConfig config) {
        return switch (config.problemType()) {
            case BertConfig.REGRESSION -> TaskKind.REGRESSION;
            case BertConfig.MULTI_LABEL -> TaskKind.MULTILABEL;
            default -> TaskKind.CLASSIFICATION;
        };
    }

    /** {@code problem_type} of a model that learns this; empty for classification, which is what a model is for that has none. */
    static String problem(TaskKind kind) {
        return switch (kind) {
            case REGRESSION -> BertConfig.REGRESSION;
            case MULTILABEL -> BertConfig.MULTI_LABEL;
            default -> "";
        };
    }
}
