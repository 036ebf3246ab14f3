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

/** Lowers the launches of {@link FlatRow}, one for each tensor, to one for all. */
@SuppressWarnings("ReferenceEquality") // a kernel, and a buffer, is one object
public final class FlatRowLowering implements Lowering {
    private static final Kernel TO_HALVES = Kernel.grid("wide.to_flat_halves", FlatRowWide::toHalves);
    private static final Kernel FROM_HALVES = Kernel.grid("wide.from_flat_halves", FlatRowWide::fromHalves);
    private static final Kernel TO_FLOATS = Kernel.grid("wide.to_flat_floats", FlatRowWide::toFloats);
    private static final Kernel FROM_FLOATS = Kernel.grid("wide.from_flat_floats", FlatRowWide::fromFloats);

    private final boolean intrinsics;

    /** For the kernels that a GPU can be given. */
    public FlatRowLowering(GpuTarget target) {
        intrinsics = target.has(Capability.SM_75);
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        boolean halves = program.is(at, FlatRow.TO_HALVES) || program.is(at, FlatRow.FROM_HALVES);
        boolean pack = program.is(at, FlatRow.TO_HALVES) || program.is(at, FlatRow.TO_FLOATS);
        if (!intrinsics || !pack && !halves && !program.is(at, FlatRow.FROM_FLOATS)) {
            return 0;
        }
        FlatRow.Arguments first = program.get(at).arguments(FlatRow.Arguments.class);
        TensorTable tensors = new TensorTable(pack ? Access.READ : Access.READ_WRITE);
        int end = at;
        while (program.is(end, program.get(at).kernel())) {
            Launch launch = program.get(end);
            FlatRow.Arguments next = launch.arguments(FlatRow.Arguments.class);
            if (next.flat() != first.flat()) {
                break;
            }
            tensors.add(List.of(next.x()), launch.range(), next.offset(), 0f);
            end++;
        }
        Tables tables = tensors.emit(out);
        Kernel kernel = halves ? pack ? TO_HALVES : FROM_HALVES : pack ? TO_FLOATS : FROM_FLOATS;
        Launch.Builder launch = out.launch(kernel).read(tables.addresses()).read(tables.layout());
        (pack ? launch.update(first.flat()) : launch.read(first.flat())).over(tables.grid());
        return end - at;
    }
}
