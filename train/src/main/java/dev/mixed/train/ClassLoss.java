// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.nn.Module;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.InputChecks;
import dev.mixed.train.data.Batch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cross entropy in the form that a run asks for. */
final class ClassLoss {
    /** Without weights of classes or smoothing. */
    static final ClassLoss PLAIN = new ClassLoss(new LossForm(0, List.of()), null);

    private final LossForm form;
    /** F32 [classes]; null for 1 each. */
    private final @Nullable Tensor classWeights;

    private ClassLoss(LossForm form, @Nullable Tensor classWeights) {
        this.form = form;
        this.classWeights = classWeights;
    }

    /** Of a model's outputs, where that lies. */
    static ClassLoss of(LossForm form, Module model) {
        if (form.classWeights().isEmpty()) {
            return new ClassLoss(form, null);
        }
        float[] weights = new float[form.classWeights().size()];
        for (int c = 0; c < weights.length; c++) {
            weights[c] = form.classWeights().get(c).floatValue();
        }
        return new ClassLoss(form, Tensor.of(model.parameters().getFirst().device(), Shape.of(weights.length), weights));
    }

    boolean isPlain() {
        return form.isPlain();
    }

    /**
     * The mean loss over the parts of a batch.
     *
     * @param logits  [parts, classes]
     * @param targets I32 [parts]
     * @param weights F32 [parts]
     */
    Variable of(Variable logits, Tensor targets, Tensor weights) {
        return form.isPlain() ? F.crossEntropy(logits, targets, weights) : F.crossEntropy(logits, targets, weights, classWeights, (float) form.smoothing());
    }

    /** The weights of all parts that the mean loss is over. */
    double weight(Batch batch) {
        if (classWeights == null) {
            return batch.weight();
        }
        double sum = 0;
        int[] labels = batch.labels();
        for (int part = 0; part < labels.length; part++) {
            if (labels[part] != InputChecks.IGNORED && batch.weights()[part] != 0) {
                sum += batch.weights()[part] * form.classWeights().get(labels[part]);
            }
        }
        return sum;
    }
}
