// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Arithmetic with a smaller tensor b that is broadcast over the leading dims of x: a bias [n], a position table [seq, hidden].
 *
 * <p>b's shape is a suffix of x's. Either may be F32 or F16; the result has x's type.
 */
public final class Broadcast {
    /** y = x + b for b in F32. */
    public static final KernelPair ADD = new KernelPair(Kernel.of("broadcast_add.f32", Broadcast::addRows, () -> BroadcastVector::addRows),
            Kernel.of("broadcast_add.f16", BroadcastHalf::addRows, () -> BroadcastVector::addRowsHalf)).named(Binary.class);
    /** y = x * b for b in F32. */
    public static final KernelPair MUL = new KernelPair(Kernel.of("broadcast_mul.f32", Broadcast::mulRows, () -> BroadcastVector::mulRows),
            Kernel.of("broadcast_mul.f16", BroadcastHalf::mulRows, () -> BroadcastVector::mulRowsHalf)).named(Binary.class);
    /** y += b for b of y's type. */
    public static final KernelPair ADD_INTO = new KernelPair(
            Kernel.of("broadcast_add_into.f32", Broadcast::addRowsInto, () -> BroadcastVector::addRowsInto),
            Kernel.of("broadcast_add_into.f16.f16", BroadcastHalf::addRowsInto, () -> BroadcastVector::addRowsIntoHalf)).named(Into.class);
    /** y += b for y in F16 and b in F32. */
    public static final Kernel ADD_FLOAT_INTO_HALF = Kernel.of("broadcast_add_into.f16", Broadcast::addFloatRowsIntoHalf,
            () -> BroadcastVector::addFloatRowsIntoHalf).named(Into.class);

    private Broadcast() {
    }

    /** The arguments of {@link #ADD} and {@link #MUL}: x and y [.., n], b [n]. */
    public record Binary(Buffer x, Buffer b, Buffer y, int n) {
    }

    /** The arguments of {@link #ADD_INTO} and {@link #ADD_FLOAT_INTO_HALF}: y [.., n], b [n]. */
    public record Into(Buffer y, Buffer b, int n) {
    }

    /** x + b for x [.., n..] and b [n..]. */
    public static Tensor add(Tensor x, Tensor b) {
        return binary("broadcast add", ADD, x, b);
    }

    /** x * b for x [.., n..] and b [n..]. */
    public static Tensor mul(Tensor x, Tensor b) {
        return binary("broadcast mul", MUL, x, b);
    }

    /** y += b for y [.., n..] and b [n..]. */
    public static void addInto(Tensor y, Tensor b) {
        check("broadcast add_into", y, b);
        boolean mixed = Elementwise.isHalf(y) && !Elementwise.isHalf(b);
        Kernel kernel = mixed ? ADD_FLOAT_INTO_HALF : ADD_INTO.of(y.dtype());
        kernel.launch().update(y).read(mixed ? b : Cast.to(b, y.dtype())).ints(b.shape().elements()).over(y.shape().elements(), 1);
    }

    private static Tensor binary(String op, KernelPair kernels, Tensor x, Tensor b) {
        check(op, x, b);
        Tensor y = x.emptyLike();
        // b is small: one cast of it spares a kernel for each pair of types.
        kernels.of(x.dtype()).launch().read(x).read(Cast.to(b, DType.F32)).write(y).ints(b.shape().elements()).over(x.shape().elements(), 1);
        return y;
    }

    private static void check(String op, Tensor x, Tensor b) {
        OpCheck.floating(op, x);
        OpCheck.floating(op, b);
        OpCheck.suffix(op, x.shape(), b.shape());
    }

    /** y[i] = x[i] + b[i % n]. */
    public static void addRows(@AlsoHalf FloatArray x, FloatArray b, @AlsoHalf FloatArray y, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) + b.get(e % n));
        }
    }

    /** y[i] += b[i % n]. */
    public static void addRowsInto(@AlsoHalf FloatArray y, @AlsoHalf FloatArray b, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, y.get(e) + b.get(e % n));
        }
    }

    /** {@link #addRowsInto} for halves y and floats b. */
    public static void addFloatRowsIntoHalf(HalfFloatArray y, FloatArray b, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = y.get(e).getFloat32() + b.get(e % n);
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] = x[i] * b[i % n]. */
    public static void mulRows(@AlsoHalf FloatArray x, FloatArray b, @AlsoHalf FloatArray y, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) * b.get(e % n));
        }
    }
}
