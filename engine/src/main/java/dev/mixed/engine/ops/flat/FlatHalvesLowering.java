// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.flat;

import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Launch.Access;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.TensorTable;
import dev.mixed.engine.ops.TensorTable.Tables;
import dev.mixed.intrinsics.Capability;
import java.util.List;

/** Lowers the launches of {@link FlatHalves}, one for each tensor, to one for all. */
@SuppressWarnings("ReferenceEquality") // a kernel, and a buffer, is one object
public final class FlatHalvesLowering implements Lowering {
    private static final Kernel TO_FLAT = Kernel.grid("wide.to_flat_halves", FlatHalvesWide::toFlat);
    private static final Kernel FROM_FLAT = Kernel.grid("wide.from_flat_halves", FlatHalvesWide::fromFlat);

    private final boolean intrinsics;

    /** For the kernels that a GPU can be given. */
    public FlatHalvesLowering(GpuTarget target) {
        intrinsics = target.has(Capability.SM_75);
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        boolean pack = program.is(at, FlatHalves.TO_FLAT);
        if (!intrinsics || !pack && !program.is(at, FlatHalves.FROM_FLAT)) {
            return 0;
        }
        FlatHalves.Arguments first = program.get(at).arguments(FlatHalves.Arguments.class);
        TensorTable tensors = new TensorTable(pack ? Access.READ : Access.READ_WRITE);
        int end = at;
        while (program.is(end, program.get(at).kernel())) {
            Launch launch = program.get(end);
            FlatHalves.Arguments next = launch.arguments(FlatHalves.Arguments.class);
            if (next.flat() != first.flat()) {
                break;
            }
            tensors.add(List.of(next.x()), launch.range(), next.offset(), 0f);
            end++;
        }
        Tables tables = tensors.emit(out);
        Launch.Builder launch = out.launch(pack ? TO_FLAT : FROM_FLAT).read(tables.addresses()).read(tables.layout());
        (pack ? launch.update(first.flat()) : launch.read(first.flat())).over(tables.grid());
        return end - at;
    }
}
