// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed.nccl;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.flat.FlatRow;
import dev.mixed.engine.tornado.GpuRanks;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sums of tensors over ranks, of which all or the small ones travel as one row. */
final class PackedSums {
    /**
     * Elements below which a float tensor is small: it would take longer for its messages than for its bytes. Of BERT-base's 201 gradients, the 125 of biases
     * and norms took 0.8 of 2.2 ms between two GPUs.
     */
    private static final int SMALL = 1 << 16;

    private final List<Tensor> travelling = new ArrayList<>();
    private final @Nullable Program pack;
    private final @Nullable Program unpack;

    /** @param half whether all of them are rounded to half */
    PackedSums(Device device, List<Tensor> tensors, boolean half) {
        List<Tensor> packed = new ArrayList<>();
        for (Tensor tensor : tensors) {
            (half || tensor.shape().elements() < SMALL ? packed : travelling).add(tensor);
        }
        if (!half && packed.size() == 1) {
            travelling.addAll(packed);
            packed.clear();
        }
        if (packed.isEmpty()) {
            pack = null;
            unpack = null;
        } else {
            FlatRow row = new FlatRow(packed, half ? DType.F16 : DType.F32);
            pack = program(device, row::pack);
            unpack = program(device, row::unpack);
            travelling.add(row.flat());
        }
    }

    private static Program program(Device device, Runnable body) {
        return Program.record(device, () -> {
            body.run();
            return List.of();
        });
    }

    /** Begins what makes ready to travel: this rank's numbers, or zeros where it has nothing to add. */
    List<Tensor> ready(GpuRanks ranks, boolean contributes) {
        if (!contributes) {
            ranks.zero(travelling);
        } else if (pack != null) {
            pack.start();
        }
        return travelling;
    }

    /** Begins to write the sums to the tensors. */
    void end() {
        if (unpack != null) {
            unpack.start();
        }
    }
}
