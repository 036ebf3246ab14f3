// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed.nccl;

import dev.mixed.distributed.Collective;
import dev.mixed.distributed.CollectiveProvider;
import dev.mixed.distributed.RankGroup;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.tornado.GpuRanks;
import dev.mixed.engine.tornado.TornadoDevice;
import java.util.Optional;
import java.util.function.Consumer;

/** NCCL for the GPU's device. */
public final class NcclProvider implements CollectiveProvider {
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
        try {
            GpuRanks ranks = GpuRanks.join(gpu, id, group.rank(), group.size(), group::check);
            group.onLost(() -> ranks.abort("another rank is gone"));
            byte[] beside = {(byte) (ranks.besidePrograms() ? 1 : 0)};
            boolean overlaps = group.allGather(beside).stream().allMatch(answer -> answer[0] == 1);
            return Optional.of(new NcclCollective(group, gpu, ranks, half, overlaps));
        } catch (DeviceException e) {
            why.accept("NCCL is not used: " + e.getMessage() + ".");
            return Optional.empty();
        }
    }
}
