// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.engine.Tensor;
import dev.mixed.weights.TensorSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Tensors of a device as a file of weights takes them: read from the device when their turn to be written comes. */
public final class TensorSources {
    private TensorSources() {
    }

    /** One source for each tensor, in the order of the map. */
    public static List<TensorSource> of(Map<String, Tensor> tensors) {
        List<TensorSource> sources = new ArrayList<>();
        tensors.forEach((name, tensor) -> sources.add(TensorSource.floats(name, shape(tensor), tensor::toFloats)));
        return sources;
    }

    /** The shape as files of weights write it. */
    public static List<Integer> shape(Tensor tensor) {
        List<Integer> dims = new ArrayList<>();
        for (int d : tensor.shape().toArray()) {
            dims.add(d);
        }
        return dims;
    }
}
