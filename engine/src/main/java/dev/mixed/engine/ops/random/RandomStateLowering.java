// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.random;

import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.Hoisting;
import dev.mixed.engine.ops.MultiTensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lowers the draws from a random state: all are made where the first is, in the same order. */
public final class RandomStateLowering extends Hoisting {
    private static final Kernel DRAWS = Kernel.grid("gpu.random_next", RandomStateGrid::draw);

    @Override
    protected @Nullable Object group(Launch launch) {
        return launch.kernel() == RandomState.NEXT ? launch.arguments(RandomState.Draw.class).state() : null;
    }

    @Override
    protected void emit(List<Launch> launches, LoweredLaunches out) {
        for (List<Launch> group : MultiTensor.groups(launches, RandomStateGrid.MOST)) {
            Launch.Builder lowered = out.launch(DRAWS).update(group.getFirst().arguments(RandomState.Draw.class).state()).read(out.ints(group.size()));
            for (int k = 0; k < RandomStateGrid.MOST; k++) {
                lowered.write(k < group.size() ? group.get(k).arguments(RandomState.Draw.class).snapshot() : out.scratch(DType.I32, 4));
            }
            lowered.over(Grid.of(1, 32));
        }
    }
}
