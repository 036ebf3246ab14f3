// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.RecordedLaunches;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.matmul.Product.Epilogue;
import dev.mixed.engine.ops.matmul.Product.Operand;
import dev.mixed.engine.ops.matmul.Product.Result;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.intrinsics.Capability;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lowers {@link Matmul}, with a bias that the next launch adds to its result and GELU after that, or with the sum that its result alone goes into.
 * The sum and the bias meet in F32, where the recorded launches of halves round to F16 between them; GELU is of the rounded number.
 */
public final class MatmulLowering implements Lowering {
    /** Multiplications from which on it pays to copy operands whose rows tensor maps can't describe: a GFLOP or two take longer than a copy's launch. */
    private static final long WORTH_COPYING = 1L << 30;

    private final GpuTarget target;
    private final Function<Product, FloatProducts.Plan> floatPlan;
    private final Function<Product, HalfProducts.Plan> halfPlan;
    private final Function<Product, WgmmaProducts.Plan> wgmmaPlan;
    private final long worthCopying;

    public MatmulLowering(GpuTarget target) {
        this(target, p -> FloatProducts.Plan.of(p, target), HalfProducts.Plan::of, WgmmaProducts.Plan::of);
    }

    /** With other plans of how F32 and F16 products are cut into tiles and parts, and of F16 ones those that Hopper's kernels take. */
    MatmulLowering(GpuTarget target, Function<Product, FloatProducts.Plan> floatPlan, Function<Product, HalfProducts.Plan> halfPlan,
            Function<Product, WgmmaProducts.Plan> wgmmaPlan) {
        this(target, floatPlan, halfPlan, wgmmaPlan, WORTH_COPYING);
    }

    /** With another number of multiplications from which on operands are copied. */
    MatmulLowering(GpuTarget target, Function<Product, FloatProducts.Plan> floatPlan, Function<Product, HalfProducts.Plan> halfPlan,
            Function<Product, WgmmaProducts.Plan> wgmmaPlan, long worthCopying) {
        this.worthCopying = worthCopying;
        this.target = target;
        this.wgmmaPlan = wgmmaPlan;
        this.floatPlan = floatPlan;
        this.halfPlan = halfPlan;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (!program.is(at, Matmul.PRODUCT) && !program.is(at, Matmul.F16_TO_F32)) {
            return 0;
        }
        Product p = product(program.get(at));
        if (!Product.fits(p.batch(), p.m(), p.n())) {
            return 0;
        }
        Buffer bias = bias(program, at + 1, p);
        if (bias == null) {
            Buffer sum = p.epilogue().accumulate() ? null : sum(program, at + 1, p);
            if (sum != null) {
                emit(p.into(new Result(sum, p.c().ld(), p.c().outerStride(), p.c().innerStride())).with(new Epilogue(true, null, false, null)), out);
                return 2;
            }
            emit(p, out);
            return 1;
        }
        Buffer activated = p.epilogue().accumulate() ? null : activated(program, at + 2, p);
        if (activated == null) {
            emit(p.with(new Epilogue(p.epilogue().accumulate(), bias, false, null)), out);
            return 2;
        }
        if (program.deadAfter(p.c().buffer(), at + 2)) {
            Result alone = new Result(activated, p.c().ld(), p.c().outerStride(), p.c().innerStride());
            emit(p.into(alone).with(new Epilogue(false, bias, true, null)), out);
        } else {
            emit(p.with(new Epilogue(false, bias, true, activated)), out);
        }
        return 3;
    }

    private void emit(Product p, LoweredLaunches out) {
        boolean wgmma = p.a().buffer().dtype() == DType.F16 && target.has(Capability.SM_90A);
        if (wgmma && WgmmaProducts.fits(p)) {
            WgmmaProducts.emit(p, wgmmaPlan.apply(p), out);
        } else if (wgmma && (long) p.m() * p.n() * p.k() >= worthCopying && WgmmaProducts.fitsAligned(p)) {
            Product aligned = WgmmaProducts.aligned(p, out);
            WgmmaProducts.emit(aligned, wgmmaPlan.apply(aligned), out);
        } else if (p.a().buffer().dtype() == DType.F32) {
            FloatProducts.emit(p, floatPlan.apply(p), target, out);
        } else {
            HalfProducts.emit(p, halfPlan.apply(p), target, out);
        }
    }

    /** A recorded product. */
    static Product product(Launch launch) {
        Matmul.Arguments x = launch.arguments(Matmul.Arguments.class);
        return new Product(launch.range() / x.m(), 1, x.m(), x.n(), x.k(),
                new Operand(x.a(), x.transA(), x.transA() ? x.m() : x.k(), x.strideA(), 0),
                new Operand(x.b(), x.transB(), x.transB() ? x.k() : x.n(), x.strideB(), 0),
                new Result(x.c(), x.n(), x.strideC(), 0), new Epilogue(x.accumulate(), null, false, null));
    }

    /** The bias, of its operands' type, that the launch at {@code at} adds to each row of the product; null if it doesn't. */
    static @Nullable Buffer bias(RecordedLaunches program, int at, Product p) {
        if (!program.is(at, Broadcast.ADD_INTO.of(p.a().buffer().dtype()))) {
            return null;
        }
        Broadcast.Into add = program.get(at).arguments(Broadcast.Into.class);
        boolean toEachRow = add.y() == p.c().buffer() && add.b() != add.y() && add.n() == p.n() && program.get(at).range() == p.batch() * p.m() * p.n();
        return toEachRow ? add.b() : null;
    }

    /** What the launch at {@code at} adds the product's result to, which nothing else needs; null if it doesn't. */
    private static @Nullable Buffer sum(RecordedLaunches program, int at, Product p) {
        Buffer c = p.c().buffer();
        if (!program.is(at, Elementwise.ADD_INTO) || !program.deadAfter(c, at)) {
            return null;
        }
        Elementwise.Into add = program.get(at).arguments(Elementwise.Into.class);
        boolean other = add.y() != p.a().buffer() && add.y() != p.b().buffer() && add.y() != c;
        return add.x() == c && other && add.y().dtype() == c.dtype() && add.y().elements() == c.elements() ? add.y() : null;
    }

    /** Where the launch at {@code at} puts GELU of the product's result; null if it doesn't. */
    private static @Nullable Buffer activated(RecordedLaunches program, int at, Product p) {
        if (!program.is(at, Gelu.EXACT)) {
            return null;
        }
        Gelu.Forward gelu = program.get(at).arguments(Gelu.Forward.class);
        return gelu.x() == p.c().buffer() ? gelu.y() : null;
    }
}
