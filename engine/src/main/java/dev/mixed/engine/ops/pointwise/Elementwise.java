// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Arithmetic on tensors of one shape, element by element. Halves are loaded as floats, computed as floats, and rounded once. */
public final class Elementwise {
    /** y = a + b. */
    public static final KernelPair ADD = new KernelPair(Kernel.of("add.f32", Elementwise::addElements),
            Kernel.of("add.f16", ElementwiseHalf::addElements, () -> ElementwiseVector::addHalf)).named(Binary.class);
    /** y = a - b. */
    public static final KernelPair SUB = new KernelPair(Kernel.of("sub.f32", Elementwise::subElements),
            Kernel.of("sub.f16", ElementwiseHalf::subElements)).named(Binary.class);
    /** y = a * b. */
    public static final KernelPair MUL = new KernelPair(Kernel.of("mul.f32", Elementwise::mulElements),
            Kernel.of("mul.f16", ElementwiseHalf::mulElements)).named(Binary.class);
    /** y += x of y's type. */
    public static final KernelPair ADD_INTO = new KernelPair(Kernel.of("add_into.f32", Elementwise::addElementsInto),
            Kernel.of("add_into.f16", ElementwiseHalf::addElementsInto, () -> ElementwiseVector::addIntoHalf)).named(Into.class);
    /** y += x for y in F32 and x in F16. */
    public static final Kernel ADD_HALF_INTO_FLOAT = Kernel.of("add_into.f32.f16", Elementwise::addHalfIntoFloat).named(Into.class);
    /** y = x times a constant. */
    public static final KernelPair SCALE = new KernelPair(Kernel.of("scale.f32", Elementwise::scaleElements),
            Kernel.of("scale.f16", ElementwiseHalf::scaleElements)).named(Scale.class);
    /** y = x times an F32 factor on the device. */
    public static final KernelPair SCALE_BY = new KernelPair(Kernel.of("scale_by.f32", Elementwise::scaleElementsBy),
            Kernel.of("scale_by.f16", ElementwiseHalf::scaleElementsBy)).named(ScaleBy.class);
    /** x *= an F32 factor on the device. */
    public static final KernelPair SCALE_IN_PLACE = new KernelPair(Kernel.of("scale_in_place.f32", Elementwise::scaleElementsInPlace),
            Kernel.of("scale_in_place.f16", ElementwiseHalf::scaleElementsInPlace)).named(ScaleInPlace.class);
    /** y = a constant. */
    public static final KernelPair FILL = new KernelPair(Kernel.of("fill.f32", Elementwise::fillElements),
            Kernel.of("fill.f16", ElementwiseHalf::fillElements)).named(Fill.class);

    private Elementwise() {
    }

    /** The arguments of {@link #ADD}, {@link #SUB} and {@link #MUL}. */
    public record Binary(Buffer a, Buffer b, Buffer y) {
    }

    /** The arguments of {@link #ADD_INTO} and {@link #ADD_HALF_INTO_FLOAT}. */
    public record Into(Buffer y, Buffer x) {
    }

    /** The arguments of {@link #SCALE}. */
    public record Scale(Buffer x, Buffer y, float factor) {
    }

    /** The arguments of {@link #SCALE_BY}. */
    public record ScaleBy(Buffer x, Buffer factor, Buffer y) {
    }

    /** The arguments of {@link #SCALE_IN_PLACE}. */
    public record ScaleInPlace(Buffer x, Buffer factor) {
    }

    /** The arguments of {@link #FILL}. */
    public record Fill(Buffer y, float value) {
    }

    /** a + b, both F32 or both F16, of one shape. */
    public static Tensor add(Tensor a, Tensor b) {
        return binary("add", ADD, a, b);
    }

    /** a - b, both F32 or both F16, of one shape. */
    public static Tensor sub(Tensor a, Tensor b) {
        return binary("sub", SUB, a, b);
    }

    /** a * b, both F32 or both F16, of one shape. */
    public static Tensor mul(Tensor a, Tensor b) {
        return binary("mul", MUL, a, b);
    }

    /** dst += src of the same shape; dst is F32, or of src's type. */
    public static void addInto(Tensor dst, Tensor src) {
        OpCheck.floating("add_into", src);
        OpCheck.sameShape("add_into", dst, src);
        if (!isHalf(src)) {
            dst.require("add_into", DType.F32);
        }
        Kernel kernel = dst.dtype() == src.dtype() ? ADD_INTO.of(src.dtype()) : ADD_HALF_INTO_FLOAT;
        kernel.launch().update(dst).read(src).over(dst.shape().elements(), 1);
    }

    /** x * factor, a constant of the launch; F32 or F16. */
    public static Tensor scale(Tensor x, float factor) {
        OpCheck.floating("scale", x);
        Tensor y = x.emptyLike();
        SCALE.of(x.dtype()).launch().read(x).write(y).floats(factor).over(x.shape().elements(), 1);
        return y;
    }

    /** x * factor for an F32 factor of one element, which may change from run to run; x is F32 or F16. */
    public static Tensor scaleBy(Tensor x, Tensor factor) {
        OpCheck.floating("scale_by", x);
        OpCheck.scalar("scale_by", factor);
        Tensor y = x.emptyLike();
        SCALE_BY.of(x.dtype()).launch().read(x).read(factor).write(y).over(x.shape().elements(), 1);
        return y;
    }

    /** x *= factor for an F32 factor of one element; x is F32 or F16. */
    public static void scaleInPlace(Tensor x, Tensor factor) {
        OpCheck.floating("scale_in_place", x);
        OpCheck.scalar("scale_in_place", factor);
        SCALE_IN_PLACE.of(x.dtype()).launch().update(x).read(factor).over(x.shape().elements(), 1);
    }

    /** A copy of x, of any type. */
    public static Tensor copy(Tensor x) {
        Tensor y = x.emptyLike();
        Cast.into(y, x);
        return y;
    }

    /** dst = src of the same shape, rounded to dst's floating type where the types differ. */
    public static void copyInto(Tensor dst, Tensor src) {
        Cast.into(dst, src);
    }

    /** A new tensor of a floating type with all elements equal to {@code value}. */
    public static Tensor fill(Device device, Shape shape, DType dtype, float value) {
        Tensor y = Tensor.empty(device, shape, dtype);
        fillInto(y, value);
        return y;
    }

    /** Sets all elements of an F32 or F16 tensor to {@code value}. */
    public static void fillInto(Tensor dst, float value) {
        OpCheck.floating("fill", dst);
        FILL.of(dst.dtype()).launch().write(dst).floats(value).over(dst.shape().elements(), 1);
    }

    public static boolean isHalf(Tensor x) {
        return x.dtype() == DType.F16;
    }

    private static Tensor binary(String op, KernelPair kernels, Tensor a, Tensor b) {
        OpCheck.alike(op, a, b);
        Tensor y = a.emptyLike();
        kernels.of(a.dtype()).launch().read(a).read(b).write(y).over(a.shape().elements(), 1);
        return y;
    }

    /** y[i] = a[i] + b[i]. */
    public static void addElements(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, a.get(e) + b.get(e));
        }
    }

    /** y[i] = a[i] - b[i]. */
    public static void subElements(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, a.get(e) - b.get(e));
        }
    }

    /** y[i] = a[i] * b[i]. */
    public static void mulElements(@AlsoHalf FloatArray a, @AlsoHalf FloatArray b, @AlsoHalf FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, a.get(e) * b.get(e));
        }
    }

    /** y[i] += x[i]. */
    public static void addElementsInto(@AlsoHalf FloatArray y, @AlsoHalf FloatArray x, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, y.get(e) + x.get(e));
        }
    }

    /** y[i] += x[i], where x is half. */
    public static void addHalfIntoFloat(FloatArray y, HalfFloatArray x, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, y.get(e) + x.get(e).getFloat32());
        }
    }

    /** y[i] = x[i] * factor. */
    public static void scaleElements(@AlsoHalf FloatArray x, @AlsoHalf FloatArray y, float factor, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) * factor);
        }
    }

    /** y[i] = x[i] * factor[0]. */
    public static void scaleElementsBy(@AlsoHalf FloatArray x, FloatArray factor, @AlsoHalf FloatArray y, int from, int count) {
        float f = factor.get(0);
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) * f);
        }
    }

    /** x[i] *= factor[0]. */
    public static void scaleElementsInPlace(@AlsoHalf FloatArray x, FloatArray factor, int from, int count) {
        float f = factor.get(0);
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            x.set(e, x.get(e) * f);
        }
    }

    /** y[i] = value. */
    public static void fillElements(@AlsoHalf FloatArray y, float value, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, value);
        }
    }
}
