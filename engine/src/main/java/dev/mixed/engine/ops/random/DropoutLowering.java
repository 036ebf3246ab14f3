// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.Tile;

/** Lowers dropout that stands alone; other families take it into their kernels. */
public final class DropoutLowering implements Lowering {
    private static final KernelPair APPLY = new KernelPair(Kernel.grid("gpu.dropout.f32", DropoutGrid::dropoutFloat),
            Kernel.grid("gpu.dropout.f16", DropoutGrid::dropoutHalf));

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!program.is(at, Dropout.APPLY)) {
            return 0;
        }
        Launch launch = program.get(at);
        Dropout.Arguments dropout = launch.arguments(Dropout.Arguments.class);
        int elements = launch.range();
        out.launch(APPLY.of(dropout.x().dtype())).read(dropout.x()).read(dropout.snapshot()).write(dropout.y())
                .read(out.ints(elements, dropout.threshold())).read(out.floats(dropout.scale())).over(Tile.grid(elements));
        return 1;
    }
}
