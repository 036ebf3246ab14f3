package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Arithmetic on tensors of one shape, element by element; the kernels on half storage are in {@link ElementwiseHalf}. */
public final class Elementwise {
    /** a + b. */
    public static final KernelPair ADD = new KernelPair(Kernel.of("add.f32", Elementwise::addFloat), Kernel.of("add.f16", ElementwiseHalf::addHalf))
            .named(Binary.class);
    private static final Kernel SUB_F32 = Kernel.of("sub.f32", Elementwise::subFloat);
    private static final Kernel SUB_F16 = Kernel.of("sub.f16", ElementwiseHalf::subHalf);
    private static final Kernel MUL_F32 = Kernel.of("mul.f32", Elementwise::mulFloat);
    private static final Kernel MUL_F16 = Kernel.of("mul.f16", ElementwiseHalf::mulHalf);
    private static final Kernel ADD_INTO_F32 = Kernel.of("add_into.f32", Elementwise::addIntoFloat);
    private static final Kernel ADD_INTO_F16 = Kernel.of("add_into.f16", ElementwiseHalf::addIntoHalf);
    private static final Kernel ADD_INTO_F32_F16 = Kernel.of("add_into.f32.f16", ElementwiseHalf::addHalfIntoFloat);
    private static final Kernel SCALE_F32 = Kernel.of("scale.f32", Elementwise::scaleFloat);
    private static final Kernel SCALE_F16 = Kernel.of("scale.f16", ElementwiseHalf::scaleHalf);
    private static final Kernel SCALE_BY_F32 = Kernel.of("scale_by.f32", Elementwise::scaleByFloat);
    private static final Kernel SCALE_BY_F16 = Kernel.of("scale_by.f16", ElementwiseHalf::scaleByHalf);
    private static final Kernel SCALE_IN_PLACE_F32 = Kernel.of("scale_in_place.f32", Elementwise::scaleInPlaceFloat);
    private static final Kernel SCALE_IN_PLACE_F16 = Kernel.of("scale_in_place.f16", ElementwiseHalf::scaleInPlaceHalf);
    private static final Kernel FILL_F32 = Kernel.of("fill.f32", Elementwise::fillFloat);
    private static final Kernel FILL_F16 = Kernel.of("fill.f16", ElementwiseHalf::fillHalf);

    private Elementwise() {
    }

    /** The arguments of a kernel that makes y of a and b. */
    public record Binary(Buffer a, Buffer b, Buffer y) {
    }

    /** a + b, both F32 or both F16, of one shape. */
    public static Tensor add(Tensor a, Tensor b) {
        return binary("add", ADD.of(a.dtype()), a, b);
    }

    /** a - b, both F32 or both F16, of one shape. */
    public static Tensor sub(Tensor a, Tensor b) {
        return binary("sub", isHalf(a) ? SUB_F16 : SUB_F32, a, b);
    }

    /** a * b, both F32 or both F16, of one shape. */
    public static Tensor mul(Tensor a, Tensor b) {
        return binary("mul", isHalf(a) ? MUL_F16 : MUL_F32, a, b);
    }

    /** dst += src of the same shape; dst is F32, or of src's type. */
    public static void addInto(Tensor dst, Tensor src) {
        OpCheck.floating("add_into", src);
        OpCheck.sameShape("add_into", dst, src);
        Kernel kernel = ADD_INTO_F32;
        if (isHalf(src)) {
            kernel = isHalf(dst) ? ADD_INTO_F16 : ADD_INTO_F32_F16;
        } else {
            dst.require("add_into", DType.F32);
        }
        kernel.launch().update(dst).read(src).over(dst.shape().elements(), 1);
    }

    /** x * factor, a constant of the launch; F32 or F16. */
    public static Tensor scale(Tensor x, float factor) {
        OpCheck.floating("scale", x);
        Tensor y = x.emptyLike();
        (isHalf(x) ? SCALE_F16 : SCALE_F32).launch().read(x).write(y).floats(factor).over(x.shape().elements(), 1);
        return y;
    }

    /** x * factor for an F32 factor of one element, which may change from run to run; x is F32 or F16. */
    public static Tensor scaleBy(Tensor x, Tensor factor) {
        OpCheck.floating("scale_by", x);
        OpCheck.scalar("scale_by", factor);
        Tensor y = x.emptyLike();
        (isHalf(x) ? SCALE_BY_F16 : SCALE_BY_F32).launch().read(x).read(factor).write(y).over(x.shape().elements(), 1);
        return y;
    }

    /** x *= factor for an F32 factor of one element; x is F32 or F16. */
    public static void scaleInPlace(Tensor x, Tensor factor) {
        OpCheck.floating("scale_in_place", x);
        OpCheck.scalar("scale_in_place", factor);
        (isHalf(x) ? SCALE_IN_PLACE_F16 : SCALE_IN_PLACE_F32).launch().update(x).read(factor).over(x.shape().elements(), 1);
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
        (isHalf(dst) ? FILL_F16 : FILL_F32).launch().write(dst).floats(value).over(dst.shape().elements(), 1);
    }

    public static boolean isHalf(Tensor x) {
        return x.dtype() == DType.F16;
    }

    private static Tensor binary(String op, Kernel kernel, Tensor a, Tensor b) {
        OpCheck.alike(op, a, b);
        Tensor y = a.emptyLike();
        kernel.launch().read(a).read(b).write(y).over(a.shape().elements(), 1);
        return y;
    }

    /** y[i] = a[i] + b[i]. */
    public static void addFloat(FloatArray a, FloatArray b, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, a.get(e) + b.get(e));
        }
    }

    /** y[i] = a[i] - b[i]. */
    public static void subFloat(FloatArray a, FloatArray b, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, a.get(e) - b.get(e));
        }
    }

    /** y[i] = a[i] * b[i]. */
    public static void mulFloat(FloatArray a, FloatArray b, FloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, a.get(e) * b.get(e));
        }
    }

    /** y[i] += x[i]. */
    public static void addIntoFloat(FloatArray y, FloatArray x, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, y.get(e) + x.get(e));
        }
    }

    /** y[i] = x[i] * factor. */
    public static void scaleFloat(FloatArray x, FloatArray y, float factor, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) * factor);
        }
    }

    /** y[i] = x[i] * factor[0]. */
    public static void scaleByFloat(FloatArray x, FloatArray factor, FloatArray y, int from, int count) {
        float f = factor.get(0);
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) * f);
        }
    }

    /** x[i] *= factor[0]. */
    public static void scaleInPlaceFloat(FloatArray x, FloatArray factor, int from, int count) {
        float f = factor.get(0);
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            x.set(e, x.get(e) * f);
        }
    }

    /** y[i] = value. */
    public static void fillFloat(FloatArray y, float value, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            y.set(from + i, value);
        }
    }
}
