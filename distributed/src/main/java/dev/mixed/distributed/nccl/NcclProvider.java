// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed.nccl;

import dev.mixed.distributed.Collective;
import dev.mixed.distributed.CollectiveProvider;
import dev.mixed.distributed.RankGroup;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.tornado.GpuRanks;
import dev.mixed.engine.tornado.TornadoDevice;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** NCCL for the GPU's device. */
public final class NcclProvider implements CollectiveProvider {
    private static final byte ABSENT = 0;
    private static final byte IN_TURNS = 1;
    private static final byte BESIDE = 2;

    @Override
    public boolean present(Device device, Consumer<String> why) {
        if (!(device instanceof TornadoDevice gpu)) {
            return false;
        }
        try {
            GpuRanks.require(gpu);
            return true;
        } catch (DeviceException e) {
            why.accept("NCCL is not used: " + e.getMessage() + ".");
            return false;
        }
    }

    @Override
    public Optional<Collective> open(RankGroup group, Device device, boolean half, Consumer<String> why) {
        byte[] id = new byte[0];
        if (group.leads()) {
            try {
                id = GpuRanks.newId();
            } catch (DeviceException e) {
                // Others get no id, and know.
                why.accept("NCCL is not used: " + e.getMessage() + ".");
            }
        }
        id = group.broadcast(id);
        if (id.length == 0 || !(device instanceof TornadoDevice gpu)) {
            return Optional.empty();
        }
        Optional<GpuRanks> ranks = join(group, gpu, id, why);
        // All answer, whatever became of theirs, so that none waits for another.
        byte state = ranks.isEmpty() ? ABSENT : ranks.get().besidePrograms() ? BESIDE : IN_TURNS;
        List<byte[]> states = group.allGather(new byte[] {state});
        if (states.stream().anyMatch(other -> other[0] == ABSENT)) {
            ranks.ifPresent(GpuRanks::close);
            return Optional.empty();
        }
        boolean overlaps = states.stream().allMatch(other -> other[0] == BESIDE);
        return ranks.map(joined -> new NcclCollective(group, gpu, joined, half, overlaps));
    }

    private static Optional<GpuRanks> join(RankGroup group, TornadoDevice gpu, byte[] id, Consumer<String> why) {
        try {
            GpuRanks ranks = GpuRanks.join(gpu, id, group.rank(), group.size(), group::check);
            group.onLost(() -> ranks.abort("another rank is gone"));
            return Optional.of(ranks);
        } catch (DeviceException e) {
            why.accept("NCCL is not used: " + e.getMessage() + ".");
            return Optional.empty();
        }
    }
}
