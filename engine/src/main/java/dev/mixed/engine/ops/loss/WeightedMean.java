// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The last step of the losses: sum(weight * loss) / sum(weight) over a batch. Weight 0 takes a row out: padding of a ragged last batch, say. */
public final class WeightedMean {
    static final Kernel MEAN = Kernel.of("weighted_mean", WeightedMean::weightedMean).named(Mean.class);
    static final Kernel TOTAL = Kernel.of("weight_total", WeightedMean::weightTotal).named(Total.class);

    private WeightedMean() {
    }

    /** The arguments of {@link #MEAN}: weighted and weights [batch], y a scalar. */
    record Mean(Buffer weighted, Buffer weights, Buffer y, int batch) {
    }

    /** The arguments of {@link #TOTAL}: weights [batch], y a scalar. */
    record Total(Buffer weights, Buffer y, int batch) {
    }

    /** sum(weighted) / sum(weights) as an F32 scalar; both F32 [batch]. NaN if all weights are 0. */
    static Tensor of(Tensor weighted, Tensor weights) {
        Tensor y = Tensor.empty(weights.device(), Shape.of(), DType.F32);
        int batch = weights.shape().elements();
        MEAN.launch().read(weighted).read(weights).write(y).ints(batch).over(1, 2L * batch);
        return y;
    }

    /** sum(weights) as an F32 scalar. */
    static Tensor total(Tensor weights) {
        Tensor y = Tensor.empty(weights.device(), Shape.of(), DType.F32);
        int batch = weights.shape().elements();
        TOTAL.launch().read(weights).write(y).ints(batch).over(1, batch);
        return y;
    }

    /** y = sum(weighted) / sum(weights). */
    public static void weightedMean(FloatArray weighted, FloatArray weights, FloatArray y, int batch, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            float sum = 0f;
            float total = 0f;
            for (int b = 0; b < batch; b++) {
                sum += weighted.get(b);
                total += weights.get(b);
            }
            y.set(from + i, sum / total);
        }
    }

    /** y = sum(weights). */
    public static void weightTotal(FloatArray weights, FloatArray y, int batch, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            float total = 0f;
            for (int b = 0; b < batch; b++) {
                total += weights.get(b);
            }
            y.set(from + i, total);
        }
    }
}
