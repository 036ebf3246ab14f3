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
import dev.mixed.intrinsics.Capability;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lowers {@link Matmul}, with a bias that the next launch adds to its result and, for F16 operands, GELU after that. The sum and the bias meet in F32,
 * and so does GELU, where the recorded launches round to F16 between them.
 */
public final class MatmulLowering implements Lowering {
    private final Function<Product, FloatProducts.Plan> floatPlan;
    private final Function<Product, HalfProducts.Plan> halfPlan;
    private final @Nullable Function<Product, WgmmaProducts.Plan> wgmmaPlan;

    /** For the kernels that a GPU can be given. */
    public MatmulLowering(GpuTarget target) {
        this(FloatProducts.Plan::of, HalfProducts.Plan::of, target.has(Capability.SM_90A) ? WgmmaProducts.Plan::of : null);
    }

    /** With other plans of how F32 and F16 products are cut into tiles and parts. */
    MatmulLowering(Function<Product, FloatProducts.Plan> floatPlan, Function<Product, HalfProducts.Plan> halfPlan) {
        this(floatPlan, halfPlan, null);
    }

    /** With Hopper's kernels, too, by another plan; null for none. */
    MatmulLowering(Function<Product, FloatProducts.Plan> floatPlan, Function<Product, HalfProducts.Plan> halfPlan,
            @Nullable Function<Product, WgmmaProducts.Plan> wgmmaPlan) {
        this.wgmmaPlan = wgmmaPlan;
        this.floatPlan = floatPlan;
        this.halfPlan = halfPlan;
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        if (program.is(at, Matmul.PRODUCT.f32())) {
            return floats(program, at, out);
        }
        return program.is(at, Matmul.PRODUCT.f16()) || program.is(at, Matmul.F16_TO_F32) ? halves(program, at, out) : 0;
    }

    /** A recorded product. */
    static Product product(Launch launch) {
        Matmul.Arguments x = launch.arguments(Matmul.Arguments.class);
        return new Product(launch.range() / x.m(), 1, x.m(), x.n(), x.k(),
                new Operand(x.a(), x.transA(), x.transA() ? x.m() : x.k(), x.strideA(), 0),
                new Operand(x.b(), x.transB(), x.transB() ? x.k() : x.n(), x.strideB(), 0),
                new Result(x.c(), x.n(), x.strideC(), 0), new Epilogue(x.accumulate(), null, false, null));
    }

    private int floats(RecordedLaunches program, int at, LoweredLaunches out) {
        Product p = product(program.get(at));
        if (!Product.fits(p.batch(), p.m(), p.n())) {
            return 0;
        }
        Buffer bias = bias(program, at + 1, p);
        FloatProducts.emit(p.with(new Epilogue(p.epilogue().accumulate(), bias, false, null)), floatPlan.apply(p), out);
        return bias == null ? 1 : 2;
    }

    private int halves(RecordedLaunches program, int at, LoweredLaunches out) {
        Product p = product(program.get(at));
        if (wgmmaPlan != null && WgmmaProducts.fits(p)) {
            WgmmaProducts.Plan plan = wgmmaPlan.apply(p);
            return withEpilogue(program, at, p, q -> WgmmaProducts.emit(q, plan, out));
        }
        HalfProducts.Plan otherPlan = p.onTensorCores() ? halfPlan.apply(p) : null;
        if (!HalfProducts.fits(p, otherPlan)) {
            return 0;
        }
        return withEpilogue(program, at, p, q -> HalfProducts.emit(q, otherPlan, out));
    }

    /** Emits a product with what the launches after it do to its result; gives how many launches that takes, the product's among them. */
    private static int withEpilogue(RecordedLaunches program, int at, Product p, Consumer<Product> emitted) {
        Buffer bias = p.epilogue().accumulate() || p.c().buffer().dtype() == DType.F32 ? null : bias(program, at + 1, p);
        if (bias == null) {
            emitted.accept(p);
            return 1;
        }
        Buffer activated = activated(program, at + 2, p);
        if (activated == null) {
            emitted.accept(p.with(new Epilogue(false, bias, false, null)));
            return 2;
        }
        if (program.deadAfter(p.c().buffer(), at + 2)) {
            Result alone = new Result(activated, p.c().ld(), p.c().outerStride(), p.c().innerStride());
            emitted.accept(p.into(alone).with(new Epilogue(false, bias, true, null)));
        } else {
            emitted.accept(p.with(new Epilogue(false, bias, true, activated)));
        }
        return 3;
    }

    /** The bias, of its operands' type, that the launch at {@code at} adds to each row of the product; null if it doesn't. */
    private static @Nullable Buffer bias(RecordedLaunches program, int at, Product p) {
        if (!program.is(at, Broadcast.ADD_INTO.of(p.a().buffer().dtype()))) {
            return null;
        }
        Broadcast.Into add = program.get(at).arguments(Broadcast.Into.class);
        boolean toEachRow = add.y() == p.c().buffer() && add.b() != add.y() && add.n() == p.n() && program.get(at).range() == p.batch() * p.m() * p.n();
        return toEachRow ? add.b() : null;
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
