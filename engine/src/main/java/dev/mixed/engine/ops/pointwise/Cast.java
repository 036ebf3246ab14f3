// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.KeptCopy;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The same numbers in another element type; to half, rounded to nearest even, beyond 65504 to infinity. */
public final class Cast {
    /** y = x of y's floating type. */
    public static final KernelPair COPY = new KernelPair(Kernel.of("copy.f32", Cast::copy), Kernel.of("copy.f16", CastHalf::copy))
            .named(Arguments.class);
    /** y = x of integers. */
    public static final Kernel COPY_INT = Kernel.of("copy.i32", Cast::copyInt).named(Arguments.class);
    /** y = x, rounded to half. */
    public static final Kernel FLOAT_TO_HALF = Kernel.of("cast.f32.f16", Cast::floatToHalf).named(Arguments.class);
    /** y = x, which is half. */
    public static final Kernel HALF_TO_FLOAT = Kernel.of("cast.f16.f32", Cast::halfToFloat).named(Arguments.class);
    /** y = x, an integer. */
    public static final Kernel INT_TO_FLOAT = Kernel.of("cast.i32.f32", Cast::intToFloat).named(Arguments.class);

    private Cast() {
    }

    /** The arguments of a copy or a cast. */
    public record Arguments(Buffer x, Buffer y) {
    }

    /** x in type {@code dtype}: F32 from any type, F16 from F32. A tensor that has the type already is returned itself. */
    public static Tensor to(Tensor x, DType dtype) {
        if (x.dtype() == dtype) {
            return x;
        }
        Tensor y = Tensor.empty(x.device(), x.shape(), dtype);
        into(y, x);
        return y;
    }

    /**
     * x as halves, a copy that a device may keep for all programs that make one, see {@link KeptCopy}.
     *
     * @param x F32, persistent: a weight
     */
    public static Tensor kept(Tensor x) {
        Tensor y = Tensor.empty(x.require("kept", DType.F32).device(), x.shape(), DType.F16);
        FLOAT_TO_HALF.launch().read(x).write(y).note(new KeptCopy(x.buffer(), y.buffer())).over(x.shape().elements(), 1);
        return y;
    }

    /** dst = src of the same shape, in dst's type. */
    static void into(Tensor dst, Tensor src) {
        OpCheck.sameShape("cast", dst, src);
        kernel(src.dtype(), dst.dtype()).launch().read(src).write(dst).over(src.shape().elements(), 1);
    }

    private static Kernel kernel(DType from, DType to) {
        if (from == to) {
            return from == DType.I32 ? COPY_INT : COPY.of(from);
        }
        if (to == DType.F32) {
            return from == DType.F16 ? HALF_TO_FLOAT : INT_TO_FLOAT;
        }
        if (from == DType.F32 && to == DType.F16) {
            return FLOAT_TO_HALF;
        }
        throw new IllegalArgumentException("cast takes F32 to F16, or F16 and I32 to F32, not " + from + " to " + to);
    }

    /** y[i] = x[i]; halves pass through float, which is exact and a form that every backend compiles. */
    public static void copy(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e));
        }
    }

    /** y[i] = x[i]. */
    public static void copyInt(IntArray x, IntArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e));
        }
    }

    /** y[i] = half(x[i]). */
    public static void floatToHalf(FloatArray x, HalfFloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] = float(x[i]). */
    public static void halfToFloat(HalfFloatArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e).getFloat32());
        }
    }

    /** y[i] = float(x[i]). */
    public static void intToFloat(IntArray x, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, (float) x.get(e));
        }
    }
}
