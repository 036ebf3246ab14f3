// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.reduce.SumRowsLowering;
import dev.mixed.intrinsics.Capability;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lowers F16 products whose result only goes into GELU's gradient, on GPUs with wgmma. What was rounded to F16 between the two stays in float. Where that
 * gradient's rows are summed too, for a bias, the product leaves the first step of these sums.
 */
public final class ProductInputLowering implements Lowering {
    /** How many launches after a product GELU's gradient is looked for: gradients of weights and biases stand between. */
    private static final int FARTHEST = 8;

    private final GpuTarget target;
    private final Function<Product, WgmmaProducts.Plan> plan;

    /** For the kernels that a GPU can be given. */
    public ProductInputLowering(GpuTarget target) {
        this(target, WgmmaProducts.Plan::of);
    }

    /** With another plan of how products are cut into tiles. */
    ProductInputLowering(GpuTarget target, Function<Product, WgmmaProducts.Plan> plan) {
        this.target = target;
        this.plan = plan;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        Product p = product(program, at);
        if (p != null) {
            return geluBackward(program, at, p) >= 0 ? 1 : 0;
        }
        if (!program.is(at, Gelu.EXACT_BACKWARD)) {
            return 0;
        }
        Gelu.Backward backward = program.get(at).arguments(Gelu.Backward.class);
        for (int i = at - 1; i >= Math.max(0, at - FARTHEST); i--) {
            Product before = product(program, i);
            if (before != null && before.c().buffer() == backward.dy() && geluBackward(program, i, before) == at) {
                boolean sums = SumRowsLowering.columnsSummedLater(program, at, backward.dx()) == before.n();
                WgmmaProducts.emitGeluBackward(before, backward.x(), backward.dx(), sums, plan.apply(before), out);
                return 1;
            }
        }
        return 0;
    }

    /**
     * Where GELU's gradient is taken that alone uses a product's result, which is multiplied there and not before: no launch between the two may write
     * what the product reads. -1 for none.
     */
    private static int geluBackward(RecordedLaunches program, int at, Product p) {
        Buffer c = p.c().buffer();
        for (int i = at + 1; i < Math.min(program.size(), at + 1 + FARTHEST); i++) {
            Launch launch = program.get(i);
            if (launch.uses(c)) {
                boolean only = program.is(i, Gelu.EXACT_BACKWARD.f16()) && program.deadAfter(c, i);
                if (!only) {
                    return -1;
                }
                Gelu.Backward backward = launch.arguments(Gelu.Backward.class);
                return backward.dy() == c && backward.x() != c && backward.dx() != c && !launch.writes(p.a().buffer()) && !launch.writes(p.b().buffer()) ? i
                        : -1;
            }
            if (launch.writes(p.a().buffer()) || launch.writes(p.b().buffer())) {
                return -1;
            }
        }
        return -1;
    }

    /** The product at an index, if it is one that the kernels take. */
    private @Nullable Product product(RecordedLaunches program, int at) {
        return target.has(Capability.SM_90A) ? WgmmaProducts.plain(program, at) : null;
    }
}
