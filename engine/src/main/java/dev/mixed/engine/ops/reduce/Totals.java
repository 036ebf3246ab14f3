package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.ops.EachAlone;

/** Lowers the last steps of sums, which the reference kernels take in one thread. */
public final class Totals {
    private Totals() {
    }

    public static Lowering lowering() {
        EachAlone rules = new EachAlone();
        one(rules, "weight_total", Kernel.grid("gpu.total", TotalKernels::total));
        Kernel mean = Kernel.grid("gpu.weighted_mean", TotalKernels::weightedMean);
        return rules.with("weighted_mean", (launch, out) -> {
            out.launch(mean).read(launch.buffer(0)).read(launch.buffer(1)).write(launch.buffer(2)).read(out.ints(launch.intAt(3))).over(TotalKernels.GRID);
            return true;
        });
    }

    private static void one(EachAlone rules, String name, Kernel kernel) {
        rules.with(name, (launch, out) -> {
            out.launch(kernel).read(launch.buffer(0)).write(launch.buffer(1)).read(out.ints(launch.intAt(2))).over(TotalKernels.GRID);
            return true;
        });
    }
}
