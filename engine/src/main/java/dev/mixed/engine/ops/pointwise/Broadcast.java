package dev.mixed.engine.ops.pointwise;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.KernelPair;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.reduce.ColumnsVector;
import dev.mixed.halfforms.AlsoHalf;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Arithmetic with a smaller tensor b that is repeated over the leading dims of x: a bias [n], a position table [seq, hidden].
 *
 * <p>b's shape is a suffix of x's. Either may be F32 or F16; the result has x's type.
 */
public final class Broadcast {
    private static final Kernel ADD_F32 = Kernel.of("broadcast_add.f32", Broadcast::addRows, () -> BroadcastVector::addRows);
    private static final Kernel ADD_F16 = Kernel.of("broadcast_add.f16", Broadcast::addRowsHalf);
    private static final Kernel ADD_INTO_F32 = Kernel.of("broadcast_add_into.f32", Broadcast::addRowsInto, () -> BroadcastVector::addRowsInto);
    private static final Kernel ADD_INTO_F16 = Kernel.of("broadcast_add_into.f16", Broadcast::addRowsIntoHalf);
    private static final Kernel ADD_INTO_F16_F16 = Kernel.of("broadcast_add_into.f16.f16", Broadcast::addHalfRowsIntoHalf);
    private static final Kernel MUL_F32 = Kernel.of("broadcast_mul.f32", Broadcast::mulRows, () -> BroadcastVector::mulRows);
    private static final Kernel MUL_F16 = Kernel.of("broadcast_mul.f16", Broadcast::mulRowsHalf);
    /** The sum over rows, of float and of half rows. */
    public static final KernelPair SUM_ROWS = new KernelPair(Kernel.of("sum_rows.f32", Broadcast::sumRows, () -> ColumnsVector::sumRows),
            Kernel.of("sum_rows.f16", BroadcastHalf::sumRows)).named(SumRows.class);
    /** Rows that are summed on their own before they join the total, which keeps the rounding error of long columns low. */
    static final int BLOCK = 64;

    private Broadcast() {
    }

    /** The arguments of {@link #SUM_ROWS}. */
    public record SumRows(Buffer dy, Buffer dst, int rows, int n, boolean accumulate) {
    }

    /** x + b for x [.., n..] and b [n..]. */
    public static Tensor add(Tensor x, Tensor b) {
        return binary("broadcast add", Elementwise.isHalf(x) ? ADD_F16 : ADD_F32, x, b);
    }

    /** x * b for x [.., n..] and b [n..]. */
    public static Tensor mul(Tensor x, Tensor b) {
        return binary("broadcast mul", Elementwise.isHalf(x) ? MUL_F16 : MUL_F32, x, b);
    }

    /** y += b for y [.., n..] and b [n..]. */
    public static void addInto(Tensor y, Tensor b) {
        check("broadcast add_into", y, b);
        if (Elementwise.isHalf(y) && Elementwise.isHalf(b)) {
            ADD_INTO_F16_F16.launch().update(y).read(b).ints(b.shape().elements()).over(y.shape().elements(), 1);
            return;
        }
        (Elementwise.isHalf(y) ? ADD_INTO_F16 : ADD_INTO_F32).launch().update(y).read(Cast.to(b, DType.F32)).ints(b.shape().elements())
                .over(y.shape().elements(), 1);
    }

    /**
     * dst = the sum of dy over the leading dims that dst [n..] lacks, the gradient of b; or dst += that sum.
     *
     * @param dst F32 or F16, of a shape that is a suffix of dy's
     * @param dy  F32 or F16, [.., n..]
     */
    public static void sumToInto(Tensor dst, Tensor dy, boolean accumulate) {
        check("broadcast sum_to", dy, dst);
        if (Elementwise.isHalf(dst)) {
            Tensor sum = accumulate ? Cast.to(dst, DType.F32) : Tensor.empty(dst.device(), dst.shape(), DType.F32);
            sumToInto(sum, dy, accumulate);
            Cast.into(dst, sum);
            return;
        }
        int n = dst.shape().elements();
        int rows = dy.shape().elements() / n;
        Launch.Builder launch = SUM_ROWS.of(dy.dtype()).launch().read(dy);
        (accumulate ? launch.update(dst) : launch.write(dst)).ints(rows, n).flag(accumulate).over(n, rows);
    }

    private static Tensor binary(String op, Kernel kernel, Tensor x, Tensor b) {
        check(op, x, b);
        Tensor y = x.emptyLike();
        // b is small: one cast of it spares a kernel for each pair of types.
        kernel.launch().read(x).read(Cast.to(b, DType.F32)).write(y).ints(b.shape().elements()).over(x.shape().elements(), 1);
        return y;
    }

    private static void check(String op, Tensor x, Tensor b) {
        OpCheck.floating(op, x);
        OpCheck.floating(op, b);
        OpCheck.suffix(op, x.shape(), b.shape());
    }

    /** y[i] = x[i] + b[i % n]. */
    public static void addRows(FloatArray x, FloatArray b, FloatArray y, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) + b.get(e % n));
        }
    }

    /** {@link #addRows} on half storage. */
    public static void addRowsHalf(HalfFloatArray x, FloatArray b, HalfFloatArray y, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e).getFloat32() + b.get(e % n);
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] += b[i % n]. */
    public static void addRowsInto(FloatArray y, FloatArray b, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, y.get(e) + b.get(e % n));
        }
    }

    /** {@link #addRowsInto} on half storage. */
    public static void addRowsIntoHalf(HalfFloatArray y, FloatArray b, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = y.get(e).getFloat32() + b.get(e % n);
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** {@link #addRowsInto} on half storage, b too. */
    public static void addHalfRowsIntoHalf(HalfFloatArray y, HalfFloatArray b, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = y.get(e).getFloat32() + b.get(e % n).getFloat32();
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] = x[i] * b[i % n]. */
    public static void mulRows(FloatArray x, FloatArray b, FloatArray y, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, x.get(e) * b.get(e % n));
        }
    }

    /** {@link #mulRows} on half storage. */
    public static void mulRowsHalf(HalfFloatArray x, FloatArray b, HalfFloatArray y, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e).getFloat32() * b.get(e % n);
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** dst[j] (+)= sum over r of dy[r * n + j], for columns j. */
    public static void sumRows(@AlsoHalf FloatArray dy, FloatArray dst, int rows, int n, int accumulate, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int j = from + i;
            float sum = 0f;
            for (int start = 0; start < rows; start += BLOCK) {
                int end = Math.min(start + BLOCK, rows);
                float part = 0f;
                for (int r = start; r < end; r++) {
                    part += dy.get(r * n + j);
                }
                sum += part;
            }
            dst.set(j, accumulate != 0 ? dst.get(j) + sum : sum);
        }
    }
}
