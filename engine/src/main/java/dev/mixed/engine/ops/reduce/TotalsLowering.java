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
        one(rules, "found_inf", TotalsGrid.ANY);
        one(rules, "any.f32", TotalsGrid.ANY);
        one(rules, "root_of_sum.f32", TotalsGrid.ROOT_OF_SUM);
        return rules;
    }

    private static void one(EachAlone rules, String name, Kernel kernel) {
        rules.with(name, (launch, out) -> {
            TotalsGrid.emit(kernel, launch.buffer(0), launch.buffer(1), launch.intAt(2), out);
            return true;
        });
    }
}
