// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed.nccl;

import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.flat.FlatHalves;
import dev.mixed.engine.tornado.GpuRanks;
import java.util.List;

/** Sums of tensors over ranks by way of one row of halves. */
final class HalfSums {
    private final FlatHalves halves;
    private final Program pack;
    private final Program unpack;

    HalfSums(Device device, List<Tensor> tensors) {
        halves = new FlatHalves(tensors);
        pack = Program.record(device, () -> {
            halves.pack();
            return List.of();
        });
        unpack = Program.record(device, () -> {
            halves.unpack();
            return List.of();
        });
    }

    /** Rounds the tensors and begins their sums. */
    void begin(GpuRanks ranks, boolean contributes) {
        List<Tensor> flat = List.of(halves.flat());
        if (contributes) {
            pack.start();
            ranks.begin(flat);
        } else {
            ranks.beginZeros(flat);
        }
    }

    /** Writes the sums to the tensors. */
    void end() {
        unpack.start();
    }
}
