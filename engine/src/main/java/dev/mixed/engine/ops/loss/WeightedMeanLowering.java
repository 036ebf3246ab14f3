// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.reduce.TotalsGrid;

/** Lowers the last steps of losses, which the reference kernels take in one thread. */
public final class WeightedMeanLowering implements Lowering {
    private static final Kernel MEAN = Kernel.grid("gpu.weighted_mean", TotalsGrid::weightedMean);
    private static final Kernel TOTAL = Kernel.grid("gpu.total", TotalsGrid::total);

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, WeightedMean.MEAN)) {
            WeightedMean.Mean mean = program.get(at).arguments(WeightedMean.Mean.class);
            out.launch(MEAN).read(mean.weighted()).read(mean.weights()).write(mean.y()).read(out.ints(mean.batch())).over(TotalsGrid.GRID);
            return 1;
        }
        if (program.is(at, WeightedMean.TOTAL)) {
            WeightedMean.Total total = program.get(at).arguments(WeightedMean.Total.class);
            out.launch(TOTAL).read(total.weights()).write(total.y()).read(out.ints(total.batch())).over(TotalsGrid.GRID);
            return 1;
        }
        return 0;
    }
}
