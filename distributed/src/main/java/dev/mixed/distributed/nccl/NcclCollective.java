// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed.nccl;

import dev.mixed.distributed.Collective;
import dev.mixed.distributed.RankGroup;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.tornado.GpuRanks;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** NCCL's, between the programs of a GPU's device. Sums have NCCL's order, which is the same on all ranks. */
final class NcclCollective implements Collective {
    private final RankGroup group;
    private final Device device;
    private final GpuRanks ranks;
    private final boolean half;
    private final boolean overlaps;
    private final List<PackedSums> begun = new ArrayList<>();
    private final Map<List<Tensor>, PackedSums> packed = new HashMap<>();

    /**
     * @param half     whether elements travel as halves
     * @param overlaps whether sums go on beside programs, on all ranks
     */
    NcclCollective(RankGroup group, Device device, GpuRanks ranks, boolean half, boolean overlaps) {
        this.overlaps = overlaps;
        this.group = group;
        this.device = device;
        this.ranks = ranks;
        this.half = half;
    }

    @Override
    public int rank() {
        return group.rank();
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public void allReduce(List<Tensor> tensors, boolean contributes) {
        begin(tensors, contributes);
        join();
    }

    @Override
    public boolean overlaps() {
        return overlaps;
    }

    @Override
    public void begin(List<Tensor> tensors, boolean contributes) {
        tensors.forEach(tensor -> tensor.require("allReduce", DType.F32));
        group.check();
        PackedSums sums = packed.computeIfAbsent(List.copyOf(tensors), all -> new PackedSums(device, all, half));
        ranks.begin(sums.ready(ranks, contributes));
        begun.add(sums);
    }

    @Override
    public void join() {
        ranks.join();
        begun.forEach(PackedSums::end);
        begun.clear();
    }

    @Override
    public void broadcast(List<Tensor> tensors, int root) {
        group.check();
        ranks.broadcast(tensors, root);
    }

    @Override
    public String description() {
        return ranks + (half ? ", in half" : "");
    }

    @Override
    public void close() {
        ranks.close();
    }
}
