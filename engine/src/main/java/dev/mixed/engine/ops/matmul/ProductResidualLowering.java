// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.intrinsics.Capability;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lowers F16 products with a bias whose result, perhaps dropped out, only goes into a sum with another array of its shape, on GPUs with wgmma: what ends a
 * transformer's sublayer, before its layer norm. What was rounded to F16 before the sum stays in float; which elements stay is as it was.
 */
public final class ProductResidualLowering implements Lowering {
    private final GpuTarget target;
    private final Function<Product, WgmmaProducts.Plan> plan;

    /** For the kernels that a GPU can be given. */
    public ProductResidualLowering(GpuTarget target) {
        this(target, WgmmaProducts.Plan::of);
    }

    /** With another plan of how products are cut into tiles. */
    ProductResidualLowering(GpuTarget target, Function<Product, WgmmaProducts.Plan> plan) {
        this.target = target;
        this.plan = plan;
    }

    /**
     * What belongs together: the product and its bias at {@code first}, a draw of dropout's random state perhaps, dropout perhaps, and the sum.
     *
     * @param then where the launch stands that comes after product, bias and draw
     */
    private record Sublayer(Product product, Buffer bias, Dropout.@Nullable Arguments dropout, Buffer residual, Buffer sum, int then) {
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!target.has(Capability.SM_90A)) {
            return 0;
        }
        Sublayer here = sublayer(program, at);
        if (here != null && here.dropout == null) {
            emit(here, out);
            return 3;
        }
        if (here != null) {
            // It is multiplied where it is dropped out, once the draw has been made.
            return 2;
        }
        if (program.is(at, Dropout.APPLY.f16())) {
            for (int first = at - 3; first < at - 1; first++) {
                Sublayer before = first < 0 ? null : sublayer(program, first);
                if (before != null && before.then == at) {
                    emit(before, out);
                    return 2;
                }
            }
        }
        return 0;
    }

    private void emit(Sublayer s, LoweredLaunches out) {
        WgmmaProducts.emitResidual(s.product, s.bias, s.dropout, s.residual, s.sum, plan.apply(s.product), out);
    }

    /** The sublayer whose product is at {@code at}; null if there is none. */
    private static @Nullable Sublayer sublayer(RecordedLaunches program, int at) {
        Product p = WgmmaProducts.plain(program, at);
        if (p == null || p.c().buffer().elements() != p.m() * p.n()) {
            return null;
        }
        Buffer c = p.c().buffer();
        Buffer bias = MatmulLowering.bias(program, at + 1, p);
        if (bias == null) {
            return null;
        }
        int then = program.is(at + 2, RandomState.NEXT) ? at + 3 : at + 2;
        if (!program.is(then, Dropout.APPLY.f16())) {
            return then == at + 2 ? sum(program, then, p, bias, null, c, then) : null;
        }
        Dropout.Arguments dropout = program.get(then).arguments(Dropout.Arguments.class);
        boolean whole = dropout.x() == c && dropout.y() != c && program.get(then).range() == c.elements() && p.n() % 4 == 0 && program.deadAfter(c, then);
        return whole ? sum(program, then + 1, p, bias, dropout, dropout.y(), then) : null;
    }

    /** With the sum at {@code at}, one of whose operands is {@code x} and nothing else's. */
    private static @Nullable Sublayer sum(RecordedLaunches program, int at, Product p, Buffer bias, Dropout.@Nullable Arguments dropout, Buffer x, int then) {
        if (!program.is(at, Elementwise.ADD.f16()) || program.get(at).range() != p.m() * p.n() || !program.deadAfter(x, at)) {
            return null;
        }
        Elementwise.Binary add = program.get(at).arguments(Elementwise.Binary.class);
        Buffer residual = add.a() == x ? add.b() : add.a();
        boolean fits = (add.a() == x) != (add.b() == x) && residual != p.c().buffer() && add.y() != residual && add.y() != p.a().buffer()
                && add.y() != p.b().buffer() && add.y() != bias;
        return fits ? new Sublayer(p, bias, dropout, residual, add.y(), then) : null;
    }
}
