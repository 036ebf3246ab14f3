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
import dev.mixed.engine.ops.matmul.Product.Result;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.intrinsics.Capability;
import org.jspecify.annotations.Nullable;

/**
 * Lowers F16 products whose result only goes into one more launch on GPUs with wgmma: into GELU's gradient, or into a sum with another matrix. What
 * was rounded to F16 between the two stays in float.
 */
public final class ProductInputLowering implements Lowering {
    private final GpuTarget target;
    private final MatmulLowering others;

    /** For the kernels that a GPU can be given. */
    public ProductInputLowering(GpuTarget target) {
        this.target = target;
        this.others = new MatmulLowering(target);
    }

    @Override
    public int lower(RecordedLaunches program, int at, LoweredLaunches out) {
        Product p = product(program, at);
        if (p == null) {
            return 0;
        }
        Buffer c = p.c().buffer();
        if (program.is(at + 1, Elementwise.ADD_INTO) && program.deadAfter(c, at + 1)) {
            Elementwise.Into add = program.get(at + 1).arguments(Elementwise.Into.class);
            if (add.x() == c && add.y() != p.a().buffer() && add.y() != p.b().buffer() && add.y().elements() == c.elements()) {
                Product sum = p.into(new Result(add.y(), p.n(), 0, 0)).with(new Epilogue(true, null, false, null));
                WgmmaProducts.emit(sum, WgmmaProducts.Plan.of(sum), out);
                return 2;
            }
        }
        // The gradient of the weights often stands between the product and GELU's gradient.
        int gelu = product(program, at + 1, c) ? at + 2 : at + 1;
        if (program.is(gelu, Gelu.EXACT_BACKWARD) && program.deadAfter(c, gelu)) {
            Gelu.Backward backward = program.get(gelu).arguments(Gelu.Backward.class);
            if (backward.dy() == c && backward.dx() != c && !(gelu > at + 1 && program.get(at + 1).uses(backward.dx()))) {
                WgmmaProducts.emitGeluBackward(p, backward.x(), backward.dx(), WgmmaProducts.Plan.of(p), out);
                if (gelu > at + 1 && others.lower(program, at + 1, out) != 1) {
                    throw new IllegalStateException("a product alone was taken with the launch after it");
                }
                return gelu - at + 1;
            }
        }
        return 0;
    }

    /** The product at an index, if it is one that the kernels take. */
    private @Nullable Product product(RecordedLaunches program, int at) {
        if (!target.has(Capability.SM_90A) || !program.is(at, Matmul.PRODUCT.f16())) {
            return null;
        }
        Product p = MatmulLowering.product(program.get(at));
        return WgmmaProducts.fits(p) && !p.epilogue().accumulate() && p.c().buffer().dtype() == DType.F16 && p.c().ld() == p.n() ? p : null;
    }

    /** Whether a product into floats stands at an index, which takes no epilogue, and does not use a buffer. */
    private static boolean product(RecordedLaunches program, int at, Buffer unused) {
        if (!program.is(at, Matmul.F16_TO_F32)) {
            return false;
        }
        Launch launch = program.get(at);
        return !launch.uses(unused);
    }
}
