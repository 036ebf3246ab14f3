// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.model.BertInputs;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.train.data.Batch;
import org.jspecify.annotations.Nullable;

/** The tensors that one batch shape is written into. */
final class StepInputs {
    private final BertInputs written;
    private final BertInputs bert;
    private final Tensor labels;
    private final Tensor weights;
    private final @Nullable Tensor positions;
    private final Tensor share;

    StepInputs(Device device, BatchShape shape, Task<?> task) {
        Tensor labels = shape.targets(task, device);
        int slots = task.slots(shape.batch(), shape.seq());
        positions = slots == 0 ? null : Tensor.zeros(device, Shape.of(slots), DType.I32);
        written = shape.inputs(device);
        bert = task.arranged(written);
        this.labels = labels;
        weights = Tensor.zeros(device, Shape.of(labels.shape().dim(0)), DType.F32);
        share = Tensor.zeros(device, Shape.of(1), DType.F32);
    }

    /** As the task's outputs take them. */
    BertInputs bert() {
        return bert;
    }

    Tensor labels() {
        return labels;
    }

    Tensor weights() {
        return weights;
    }

    /** I32 [slots]: the tokens that the outputs are of; null where these are of all. */
    @Nullable
    Tensor positions() {
        return positions;
    }

    /** F32 [1]: the share of the batch in a step over several. */
    Tensor share() {
        return share;
    }

    void write(Batch batch) {
        BatchShape.write(batch, written);
        weights.write(batch.weights());
        if (positions != null) {
            positions.write(batch.positions());
        }
        int[] classes = batch.labels();
        if (labels.dtype() == DType.I32) {
            labels.write(classes);
        } else if (batch.values().length > 0) {
            labels.write(batch.values());
        } else {
            float[] values = new float[classes.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = classes[i];
            }
            labels.write(values);
        }
    }
}
