// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The small read-only buffers of a device's lowered launches, one for all that hold the same numbers. */
final class ConstantBuffers {
    private final Device device;
    private final Map<List<? extends Number>, Buffer> buffers = new HashMap<>();

    ConstantBuffers(Device device) {
        this.device = device;
    }

    Buffer ints(int... values) {
        return buffers.computeIfAbsent(Arrays.stream(values).boxed().toList(), _ -> Tensor.ofInts(device, Shape.of(values.length), values).buffer());
    }

    /** Of a program's own, unlike the others. */
    Buffer table(int ints) {
        return Tensor.zeros(device, Shape.of(ints), DType.I32).buffer();
    }

    Buffer floats(float... values) {
        Float[] boxed = new Float[values.length];
        Arrays.setAll(boxed, i -> values[i]);
        return buffers.computeIfAbsent(List.of(boxed), _ -> Tensor.of(device, Shape.of(values.length), values).buffer());
    }
}
