// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.LaunchByLaunch;

/** Lowers the gradient of the first position. */
public final class SelectLowering implements Lowering {
    private final LaunchByLaunch rules = new LaunchByLaunch().tiled(Select.FIRST_BACKWARD,
            new KernelPair(Kernel.grid("gpu.select_first_backward.f32", SelectGrid::selectFirstBackward),
                    Kernel.grid("gpu.select_first_backward.f16", SelectGridHalf::selectFirstBackward)),
            SelectLowering::elements);

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        return rules.lower(program, at, out);
    }

    private static int elements(Launch launch) {
        return launch.range() * launch.arguments(Select.FirstBackward.class).hidden();
    }
}
