package dev.mixed.engine.ops.loss;

import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.reduce.TotalsGrid;

/** Lowers the last steps of losses, which the reference kernels take in one thread. */
public final class WeightedMeanLowering implements Lowering {
    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, WeightedMean.MEAN)) {
            WeightedMean.Mean mean = program.get(at).arguments(WeightedMean.Mean.class);
            TotalsGrid.emitWeightedMean(mean.weighted(), mean.weights(), mean.y(), mean.batch(), out);
            return 1;
        }
        if (program.is(at, WeightedMean.TOTAL)) {
            WeightedMean.Total total = program.get(at).arguments(WeightedMean.Total.class);
            TotalsGrid.emit(TotalsGrid.TOTAL, total.weights(), total.y(), total.batch(), out);
            return 1;
        }
        return 0;
    }
}
