// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

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
        };
    }

    /** The task of a saved model with its weights; a {@link dev.mixed.io.UserException} says why it has none. */
    static Task<?> load(ModelFolder saved, Device device) {
        saved.requireClassifier();
        BertForSequenceClassification model = new BertForSequenceClassification(saved.config(), device, 0);
        ModelState.load(saved, model);
        return of(model, TaskKind.CLASSIFICATION);
    }
}
