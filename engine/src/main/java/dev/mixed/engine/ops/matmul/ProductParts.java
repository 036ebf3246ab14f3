// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.matmul.Product.Epilogue;
import dev.mixed.engine.ops.matmul.Product.Result;
import dev.mixed.halfforms.AlsoHalf;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Sums of a product in scratch, over parts of its depth, that become its result with a second launch: they are added in order, so that the same sizes
 * give the same bits, and then have their epilogue.
 */
final class ProductParts {
    private static final KernelPair SUM = new KernelPair(Kernel.grid("gemm_parts.f32", ProductParts::sumParts),
            Kernel.grid("gemm_parts.f16", ProductPartsHalf::sumParts));
    private static final int THREADS = 256;

    private ProductParts() {
    }

    /** Whether elements of so many products can be numbered by int. */
    static boolean fits(int batch, int m, int n, int parts) {
        return (double) batch * m * n * parts <= Integer.MAX_VALUE - THREADS;
    }

    /** F32 scratch for the sums, part after part. */
    static Result scratch(Product p, int parts, LoweredLaunches out) {
        int entry = p.m() * p.n();
        return new Result(out.scratch(DType.F32, parts * p.batch() * entry), p.n(), p.inner() * entry, entry);
    }

    /** From one part to the next in {@link #scratch}. */
    static int stride(Product p) {
        return p.batch() * p.m() * p.n();
    }

    /** Emits the second launch. */
    static void emit(Product p, Result sums, Layout layout, LoweredLaunches out) {
        DType type = p.c().buffer().dtype();
        Launch.Builder launch = out.launch(SUM.of(type)).read(sums.buffer());
        arguments(launch, p, type, out);
        launch.read(layout.buffer(out)).over(Grid.perElement(stride(p), THREADS));
    }

    /** What all kernels with an epilogue of this type take: the bias, what is added, the result, and GELU of it. */
    static void arguments(Launch.Builder launch, Product p, DType type, LoweredLaunches out) {
        Epilogue epilogue = p.epilogue();
        Buffer c = p.c().buffer();
        optional(launch, epilogue.bias(), type, out);
        if (epilogue.accumulate()) {
            launch.read(c).update(c);
        } else {
            optional(launch, null, type, out).write(c);
        }
        if (epilogue.activated() == null) {
            optional(launch, null, type, out);
        } else {
            launch.write(epilogue.activated());
        }
    }

    /** Another argument stands for one without use; each is one of its own, as TornadoVM can't order a task that gets a written array twice. */
    private static Launch.Builder optional(Launch.Builder launch, @Nullable Buffer buffer, DType type, LoweredLaunches out) {
        return buffer == null ? launch.write(out.scratch(type, 16)) : launch.read(buffer);
    }

    /** c = x, c = GELU(x), or c = x and activated = GELU(x), of x = the sum of all parts + bias [n]; and what {@code added} holds; a thread to an element. */
    static void sumParts(KernelContext context, FloatArray parts, @AlsoHalf FloatArray bias, @AlsoHalf FloatArray added, @AlsoHalf FloatArray c,
            @AlsoHalf FloatArray activated, IntArray layout) {
        int e = context.globalIdx;
        int m = layout.get(Layout.M);
        int n = layout.get(Layout.N);
        int total = layout.get(Layout.C_PART);
        if (e < total) {
            int row = e / n;
            int column = e - row * n;
            int entry = row / m;
            int outer = entry / layout.get(Layout.INNER);
            int inner = entry - outer * layout.get(Layout.INNER);
            int to = outer * layout.get(Layout.C_OUTER) + inner * layout.get(Layout.C_INNER) + (row - entry * m) * layout.get(Layout.LDC) + column;
            float x = 0f;
            for (int s = 0; s < layout.get(Layout.PARTS); s++) {
                x += parts.get(s * total + e);
            }
            if (layout.get(Layout.BIAS) != 0) {
                x += bias.get(column);
            }
            float y = x;
            if (layout.get(Layout.GELU) != 0) {
                y = Gelu.value(x);
            }
            if (layout.get(Layout.ADD) != 0) {
                y += added.get(to);
            }
            if (layout.get(Layout.ACTIVATED) != 0) {
                c.set(to, x);
                activated.set(to, y);
            } else {
                c.set(to, y);
            }
        }
    }
}
