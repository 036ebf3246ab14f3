// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.TensorAddresses;
import dev.mixed.tornado.cuda.nccl.DeviceMemory;
import dev.mixed.tornado.cuda.nccl.ElementType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Where tensors lie on the GPU, asked once: their arrays' places do not change. */
final class TensorMemory {
    private final IdentityHashMap<TornadoNativeArray, Long> addresses = new IdentityHashMap<>();

    /** Finds out what is not known yet, with launches. */
    void locate(List<Tensor> tensors, TornadoDevice device) {
        for (DType type : DType.values()) {
            List<Buffer> unknown = tensors.stream().map(Tensor::buffer).filter(b -> b.dtype() == type && !addresses.containsKey(b.array())).distinct().toList();
            if (unknown.isEmpty()) {
                continue;
            }
            Buffer[] table = new Buffer[1];
            device.runOwn(out -> table[0] = TensorAddresses.emit(unknown, out));
            int[] words = device.readOwn(table[0]);
            for (int i = 0; i < unknown.size(); i++) {
                addresses.put(unknown.get(i).array(), words[2 * i] & 0xFFFFFFFFL | (long) words[2 * i + 1] << 32);
            }
        }
    }

    /** The memory of a tensor that was {@linkplain #locate located}. */
    DeviceMemory of(Tensor tensor) {
        long address = Objects.requireNonNull(addresses.get(tensor.buffer().array()), "tensors are located first");
        return new DeviceMemory(address, tensor.shape().elements(), switch (tensor.dtype()) {
            case F32 -> ElementType.FLOAT;
            case F16 -> ElementType.HALF;
            case I32 -> ElementType.INT;
        });
    }
}
