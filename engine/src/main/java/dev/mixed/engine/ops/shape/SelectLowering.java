// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.LaunchByLaunch;

/** Lowers the gradient of the first position, of padded and of packed texts. */
public final class SelectLowering implements Lowering {
    private final LaunchByLaunch rules = new LaunchByLaunch().tiled(Select.FIRST_BACKWARD,
            new KernelPair(Kernel.grid("gpu.select_first_backward.f32", SelectGrid::selectFirstBackward),
                    Kernel.grid("gpu.select_first_backward.f16", SelectGridHalf::selectFirstBackward)),
            launch -> launch.range() * launch.arguments(Select.FirstBackward.class).hidden())
            .tiled(Select.FIRST_OF_TEXTS_BACKWARD,
                    new KernelPair(Kernel.grid("gpu.select_first_of_texts_backward.f32", SelectGrid::selectFirstOfTextsBackward),
                            Kernel.grid("gpu.select_first_of_texts_backward.f16", SelectGridHalf::selectFirstOfTextsBackward)),
                    launch -> launch.range() * launch.arguments(Select.FirstOfTextsBackward.class).hidden());

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        return rules.lower(program, at, out);
    }
}
