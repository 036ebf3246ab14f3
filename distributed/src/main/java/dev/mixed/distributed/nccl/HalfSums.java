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

    /** The sums, rounded to half on the way, are in the tensors afterwards. */
    void reduce(GpuRanks ranks, boolean contributes) {
        List<Tensor> flat = List.of(halves.flat());
        if (contributes) {
            pack.start();
            ranks.allReduce(flat);
        } else {
            ranks.allReduceZeros(flat);
        }
        unpack.start();
    }
}
