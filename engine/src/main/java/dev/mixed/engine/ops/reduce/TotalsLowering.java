package dev.mixed.engine.ops.reduce;

import dev.mixed.engine.Kernel;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.ops.EachAlone;

/** Lowers the last steps of an optimizer's norms and checks, which the reference kernels take in one thread. */
public final class TotalsLowering {
    private TotalsLowering() {
    }

    public static Lowering lowering() {
        EachAlone rules = new EachAlone();
        Kernel any = Kernel.grid("gpu.any", TotalsGrid::anyFlag);
        one(rules, "found_inf", any);
        one(rules, "any.f32", any);
        one(rules, "root_of_sum.f32", Kernel.grid("gpu.root_of_sum", TotalsGrid::rootOfTotal));
        return rules;
    }

    private static void one(EachAlone rules, String name, Kernel kernel) {
        rules.with(name, (launch, out) -> {
            out.launch(kernel).read(launch.buffer(0)).write(launch.buffer(1)).read(out.ints(launch.intAt(2))).over(TotalsGrid.GRID);
            return true;
        });
    }
}
