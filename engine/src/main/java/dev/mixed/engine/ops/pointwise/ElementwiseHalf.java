package dev.mixed.engine.ops.pointwise;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** The kernels of {@link Elementwise} on half storage: loaded as floats, computed as floats, rounded once. */
public final class ElementwiseHalf {
    private ElementwiseHalf() {
    }

    /** y[i] = a[i] + b[i]. */
    public static void addHalf(HalfFloatArray a, HalfFloatArray b, HalfFloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = a.get(e).getFloat32() + b.get(e).getFloat32();
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] = a[i] - b[i]. */
    public static void subHalf(HalfFloatArray a, HalfFloatArray b, HalfFloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = a.get(e).getFloat32() - b.get(e).getFloat32();
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] = a[i] * b[i]. */
    public static void mulHalf(HalfFloatArray a, HalfFloatArray b, HalfFloatArray y, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = a.get(e).getFloat32() * b.get(e).getFloat32();
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] += x[i]. */
    public static void addIntoHalf(HalfFloatArray y, HalfFloatArray x, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = y.get(e).getFloat32() + x.get(e).getFloat32();
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] += x[i], where y is float. */
    public static void addHalfIntoFloat(FloatArray y, HalfFloatArray x, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            y.set(e, y.get(e) + x.get(e).getFloat32());
        }
    }

    /** y[i] = x[i] * factor. */
    public static void scaleHalf(HalfFloatArray x, HalfFloatArray y, float factor, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e).getFloat32() * factor;
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** y[i] = x[i] * factor[0]. */
    public static void scaleByHalf(HalfFloatArray x, FloatArray factor, HalfFloatArray y, int from, int count) {
        float f = factor.get(0);
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e).getFloat32() * f;
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }

    /** x[i] *= factor[0]. */
    public static void scaleInPlaceHalf(HalfFloatArray x, FloatArray factor, int from, int count) {
        float f = factor.get(0);
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e).getFloat32() * f;
            HalfFloat h = new HalfFloat(v);
            x.set(e, h);
        }
    }

    /** y[i] = value. */
    public static void fillHalf(HalfFloatArray y, float value, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = value;
            HalfFloat h = new HalfFloat(v);
            y.set(e, h);
        }
    }
}
