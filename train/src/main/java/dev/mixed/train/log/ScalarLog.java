// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.log;

import dev.mixed.train.EpochResult;
import dev.mixed.train.Evaluation;
import dev.mixed.train.LossScale;
import dev.mixed.train.TrainingListener;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Turns what happens in a run into numbers with names, such as {@code train/loss} and {@code validation/macro_f1}, the same in all places where runs are told of. */
abstract class ScalarLog implements TrainingListener {

    /**
     * Takes numbers; those that are no numbers or infinite are left out.
     *
     * @param step steps since the start of the run
     */
    abstract void scalars(long step, SequencedMap<String, Double> values);

    @Override
    public void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
        SequencedMap<String, Double> values = new LinkedHashMap<>();
        values.put("train/loss", loss);
        values.put("train/learning_rate", lr);
        values.put("train/epoch", epoch);
        if (scale != null) {
            values.put("train/loss_scale", (double) scale.scale());
            values.put("train/skipped_steps", (double) scale.skips());
        }
        finite(step, values);
    }

    @Override
    public void epochScored(EpochResult result) {
        scores("validation", result.step(), result.validation());
    }

    @Override
    public void testScored(long step, double epoch, Evaluation evaluation) {
        scores("test", step, evaluation);
    }

    private void scores(String split, long step, Evaluation evaluation) {
        SequencedMap<String, Double> values = new LinkedHashMap<>();
        values.put(split + "/loss", evaluation.loss());
        for (Map.Entry<String, Double> score : evaluation.scores().all().entrySet()) {
            values.put(split + "/" + score.getKey(), score.getValue());
        }
        finite(step, values);
    }

    private void finite(long step, SequencedMap<String, Double> values) {
        values.values().removeIf(value -> !Double.isFinite(value));
        scalars(step, values);
    }
}
