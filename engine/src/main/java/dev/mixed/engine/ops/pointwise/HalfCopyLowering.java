// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.Hoisting;
import dev.mixed.engine.ops.MultiTensor;
import dev.mixed.intrinsics.Capability;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Lowers the half copies of persistent tensors, which a step under autocast makes of its parameters: all are made where the first is. */
public final class HalfCopyLowering extends Hoisting {
    private static final Kernel HALF_COPIES = Kernel.grid("gpu.half_copies", HalfCopyGrid::toHalf);
    private static final Kernel HALF_COPIES_WIDE = Kernel.grid("wide.half_copies", HalfCopyWide::toHalf);

    private final Kernel kernel;

    /** For the kernels that a GPU can be given. */
    public HalfCopyLowering(GpuTarget target) {
        kernel = target.has(Capability.SM_75) ? HALF_COPIES_WIDE : HALF_COPIES;
    }

    @Override
    protected @Nullable Object group(Launch launch) {
        return launch.kernel() == Cast.FLOAT_TO_HALF && launch.arguments(Cast.Arguments.class).x().persistent() ? HALF_COPIES : null;
    }

    @Override
    protected void emit(List<Launch> launches, LoweredLaunches out) {
        for (List<Launch> group : MultiTensor.groups(launches, HalfCopyGrid.MOST)) {
            IntUnaryOperator elements = i -> group.get(i).range();
            Launch.Builder lowered = out.launch(kernel).read(MultiTensor.layout(group.size(), HalfCopyGrid.MOST, elements, _ -> 0, out));
            for (int k = 0; k < HalfCopyGrid.MOST; k++) {
                boolean there = k < group.size();
                Cast.Arguments copy = group.get(there ? k : 0).arguments(Cast.Arguments.class);
                lowered.read(copy.x()).write(there ? copy.y() : out.scratch(DType.F16, 1));
            }
            lowered.over(MultiTensor.grid(group.size(), elements));
        }
    }
}
