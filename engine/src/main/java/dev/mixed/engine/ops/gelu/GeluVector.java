// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.gelu;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import dev.mixed.engine.jvm.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * GELU kernels on the Vector API, with the signatures and formulas of {@code dev.mixed.engine.ops.gelu.Gelu}.
 *
 * <p>Elements pass through float arrays a chunk at a time, so that halves take the same way and no chunk needs a scalar tail.
 */
public final class GeluVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int CHUNK = 2048;

    private GeluVector() {
    }

    private enum Form {
        EXACT, EXACT_DERIVATIVE, TANH, TANH_DERIVATIVE
    }

    public static void exact(FloatArray x, FloatArray y, int from, int count) {
        forward(Form.EXACT, x.getSegment(), y.getSegment(), false, from, count);
    }

    public static void exactHalf(HalfFloatArray x, HalfFloatArray y, int from, int count) {
        forward(Form.EXACT, x.getSegment(), y.getSegment(), true, from, count);
    }

    public static void approximate(FloatArray x, FloatArray y, int from, int count) {
        forward(Form.TANH, x.getSegment(), y.getSegment(), false, from, count);
    }

    public static void approximateHalf(HalfFloatArray x, HalfFloatArray y, int from, int count) {
        forward(Form.TANH, x.getSegment(), y.getSegment(), true, from, count);
    }

    public static void exactBackward(FloatArray x, FloatArray dy, FloatArray dx, int from, int count) {
        backward(Form.EXACT_DERIVATIVE, x.getSegment(), dy.getSegment(), dx.getSegment(), false, from, count);
    }

    public static void exactBackwardHalf(HalfFloatArray x, HalfFloatArray dy, HalfFloatArray dx, int from, int count) {
        backward(Form.EXACT_DERIVATIVE, x.getSegment(), dy.getSegment(), dx.getSegment(), true, from, count);
    }

    public static void approximateBackward(FloatArray x, FloatArray dy, FloatArray dx, int from, int count) {
        backward(Form.TANH_DERIVATIVE, x.getSegment(), dy.getSegment(), dx.getSegment(), false, from, count);
    }

    public static void approximateBackwardHalf(HalfFloatArray x, HalfFloatArray dy, HalfFloatArray dx, int from, int count) {
        backward(Form.TANH_DERIVATIVE, x.getSegment(), dy.getSegment(), dx.getSegment(), true, from, count);
    }

    private static void forward(Form form, MemorySegment x, MemorySegment y, boolean half, int from, int count) {
        float[] values = Scratch.get().floats(0, CHUNK);
        for (int done = 0; done < count; done += CHUNK) {
            int n = Math.min(CHUNK, count - done);
            Rows.load(x, half, (long) from + done, values, 0, n);
            apply(form, values, n);
            Rows.store(values, 0, y, half, (long) from + done, n);
        }
    }

    private static void backward(Form form, MemorySegment x, MemorySegment dy, MemorySegment dx, boolean half, int from, int count) {
        float[] values = Scratch.get().floats(0, CHUNK);
        float[] gradients = Scratch.get().floats(1, CHUNK);
        for (int done = 0; done < count; done += CHUNK) {
            int n = Math.min(CHUNK, count - done);
            Rows.load(x, half, (long) from + done, values, 0, n);
            Rows.load(dy, half, (long) from + done, gradients, 0, n);
            apply(form, values, n);
            for (int i = 0; i < n; i += LANES) {
                FloatVector.fromArray(SPECIES, values, i).mul(FloatVector.fromArray(SPECIES, gradients, i)).intoArray(values, i);
            }
            Rows.store(values, 0, dx, half, (long) from + done, n);
        }
    }

    /** Whole vectors: what lies behind the n-th value is computed too and never read. */
    private static void apply(Form form, float[] values, int n) {
        switch (form) {
            case EXACT -> erf(values, n);
            case EXACT_DERIVATIVE -> erfDerivative(values, n);
            case TANH -> tanh(values, n);
            case TANH_DERIVATIVE -> tanhDerivative(values, n);
        }
    }

    private static void erf(float[] values, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector x = FloatVector.fromArray(SPECIES, values, i);
            FloatVector tail = tail(x, VectorMath.exp(x.mul(x).mul(-0.5f)));
            FloatVector product = x.mul(tail);
            // Where the tail is 0, x itself: infinity times 0 would be NaN.
            FloatVector positive = x.sub(product, tail.compare(VectorOperators.GT, 0f));
            positive.blend(product, x.compare(VectorOperators.LT, 0f)).intoArray(values, i);
        }
    }

    private static void erfDerivative(float[] values, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector x = FloatVector.fromArray(SPECIES, values, i);
            FloatVector gaussian = VectorMath.exp(x.mul(x).mul(-0.5f));
            FloatVector tail = tail(x, gaussian);
            FloatVector cdf = FloatVector.broadcast(SPECIES, 1f).sub(tail).blend(tail, x.compare(VectorOperators.LT, 0f));
            x.fma(gaussian.mul(0.3989422804f), cdf).intoArray(values, i);
        }
    }

    private static void tanh(float[] values, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector x = FloatVector.fromArray(SPECIES, values, i);
            x.mul(gate(x, decay(x))).intoArray(values, i);
        }
    }

    private static void tanhDerivative(float[] values, int n) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        for (int i = 0; i < n; i += LANES) {
            FloatVector x = FloatVector.fromArray(SPECIES, values, i);
            FloatVector e = decay(x);
            FloatVector large = one.div(e.add(1f));
            FloatVector slope = x.mul(x).fma(FloatVector.broadcast(SPECIES, 0.134145f), one).mul(1.5957691216f);
            x.mul(large.mul(e.mul(large))).fma(slope, gate(x, e)).intoArray(values, i);
        }
    }

    /** The normal distribution's tail beyond |x|, given exp(-x^2/2). */
    private static FloatVector tail(FloatVector x, FloatVector gaussian) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        FloatVector u = one.div(x.abs().fma(FloatVector.broadcast(SPECIES, 0.38890873f), one));
        FloatVector p = FloatVector.broadcast(SPECIES, 0.053662084f);
        p = p.fma(u, FloatVector.broadcast(SPECIES, -0.25901851f));
        p = p.fma(u, FloatVector.broadcast(SPECIES, 0.37985617f));
        p = p.fma(u, FloatVector.broadcast(SPECIES, -0.020712221f));
        p = p.fma(u, FloatVector.broadcast(SPECIES, 0.19542070f));
        p = p.fma(u, FloatVector.broadcast(SPECIES, 0.15079178f));
        return gaussian.mul(p.mul(u));
    }

    /** exp(-2 |u|), u = sqrt(2/pi) (x + 0.044715 x^3). */
    private static FloatVector decay(FloatVector x) {
        FloatVector inner = x.mul(x).mul(x).fma(FloatVector.broadcast(SPECIES, 0.044715f), x);
        return VectorMath.exp(inner.abs().mul(-1.5957691216f));
    }

    private static FloatVector gate(FloatVector x, FloatVector e) {
        FloatVector large = FloatVector.broadcast(SPECIES, 1f).div(e.add(1f));
        return large.blend(large.mul(e), x.compare(VectorOperators.LT, 0f));
    }
}
