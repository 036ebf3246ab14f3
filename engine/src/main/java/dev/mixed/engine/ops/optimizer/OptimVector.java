// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.optimizer;

import dev.mixed.engine.jvm.VectorMath;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Optimizer kernels on the Vector API, with the signatures of {@link Optim} and {@link LossScaling}. */
public final class OptimVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private OptimVector() {
    }

    /** One AdamW step; every vector is computed under a mask in the tail and without one before it, by the same operations. */
    public static void adamwUpdate(FloatArray param, FloatArray grad, FloatArray m, FloatArray v, FloatArray lr, IntArray step, FloatArray gradScale,
            int scaled, FloatArray foundInf, int checked, float rest1, float beta2, float rest2, float logBeta1, float logBeta2, float eps, float weightDecay,
            int from, int count) {
        if (checked != 0 && foundInf.get(0) != 0f) {
            return;
        }
        float rate = lr.get(0);
        float scale = scaled != 0 ? gradScale.get(0) : 1f;
        float stepSize = rate / Optim.biasCorrection(logBeta1, step.get(0));
        float root = 1f / (float) Math.sqrt(Optim.biasCorrection(logBeta2, step.get(0)));
        float keep = 1f - rate * weightDecay;
        MemorySegment ps = param.getSegment();
        MemorySegment gs = grad.getSegment();
        MemorySegment ms = m.getSegment();
        MemorySegment vs = v.getSegment();
        int whole = count / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            long at = ((long) from + i) * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, at, ORDER).mul(scale);
            FloatVector m0 = FloatVector.fromMemorySegment(SPECIES, ms, at, ORDER);
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, vs, at, ORDER);
            FloatVector m1 = moment1(m0, g, rest1);
            FloatVector v1 = moment2(v0, g, beta2, rest2);
            m1.intoMemorySegment(ms, at, ORDER);
            v1.intoMemorySegment(vs, at, ORDER);
            update(FloatVector.fromMemorySegment(SPECIES, ps, at, ORDER), m1, v1, keep, stepSize, root, eps).intoMemorySegment(ps, at, ORDER);
        }
        if (whole < count) {
            VectorMask<Float> inside = SPECIES.indexInRange(whole, count);
            long at = ((long) from + whole) * Float.BYTES;
            FloatVector g = FloatVector.fromMemorySegment(SPECIES, gs, at, ORDER, inside).mul(scale);
            FloatVector m1 = moment1(FloatVector.fromMemorySegment(SPECIES, ms, at, ORDER, inside), g, rest1);
            FloatVector v1 = moment2(FloatVector.fromMemorySegment(SPECIES, vs, at, ORDER, inside), g, beta2, rest2);
            m1.intoMemorySegment(ms, at, ORDER, inside);
            v1.intoMemorySegment(vs, at, ORDER, inside);
            update(FloatVector.fromMemorySegment(SPECIES, ps, at, ORDER, inside), m1, v1, keep, stepSize, root, eps)
                    .intoMemorySegment(ps, at, ORDER, inside);
        }
    }

    private static FloatVector moment1(FloatVector m, FloatVector g, float rest1) {
        return m.add(g.sub(m).mul(rest1));
    }

    private static FloatVector moment2(FloatVector v, FloatVector g, float beta2, float rest2) {
        return v.mul(beta2).add(g.mul(rest2).mul(g));
    }

    private static FloatVector update(FloatVector p, FloatVector m, FloatVector v, float keep, float stepSize, float root, float eps) {
        return p.mul(keep).sub(m.div(v.sqrt().mul(root).add(eps)).mul(stepSize));
    }

    /** partials[offset + c] = sum of squares of chunk c of x [n]. */
    public static void sumSquares(FloatArray x, FloatArray partials, int n, int offset, int from, int count) {
        MemorySegment in = x.getSegment();
        for (int chunk = from; chunk < from + count; chunk++) {
            int first = chunk * Optim.CHUNK;
            partials.set(offset + chunk, sumSquares(in, first, Math.min(n - first, Optim.CHUNK)));
        }
    }

    private static float sumSquares(MemorySegment in, long first, int size) {
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = sum0;
        FloatVector sum2 = sum0;
        FloatVector sum3 = sum0;
        int i = 0;
        for (; i + 4 * LANES <= size; i += 4 * LANES) {
            FloatVector x0 = FloatVector.fromMemorySegment(SPECIES, in, (first + i) * Float.BYTES, ORDER);
            FloatVector x1 = FloatVector.fromMemorySegment(SPECIES, in, (first + i + LANES) * Float.BYTES, ORDER);
            FloatVector x2 = FloatVector.fromMemorySegment(SPECIES, in, (first + i + 2L * LANES) * Float.BYTES, ORDER);
            FloatVector x3 = FloatVector.fromMemorySegment(SPECIES, in, (first + i + 3L * LANES) * Float.BYTES, ORDER);
            sum0 = x0.fma(x0, sum0);
            sum1 = x1.fma(x1, sum1);
            sum2 = x2.fma(x2, sum2);
            sum3 = x3.fma(x3, sum3);
        }
        for (; i < size; i += LANES) {
            VectorMask<Float> inside = SPECIES.indexInRange(i, size);
            FloatVector x = FloatVector.fromMemorySegment(SPECIES, in, (first + i) * Float.BYTES, ORDER, inside);
            sum0 = x.fma(x, sum0);
        }
        return VectorMath.sum(sum0.add(sum1).add(sum2.add(sum3)));
    }

    /** See {@code LossScaling.unscaleChunks}. */
    public static void unscaleChunks(FloatArray g, FloatArray factor, FloatArray flags, float limit, int n, int offset, int from, int count) {
        MemorySegment data = g.getSegment();
        float f = factor.get(0);
        for (int chunk = from; chunk < from + count; chunk++) {
            int first = chunk * Optim.CHUNK;
            flags.set(offset + chunk, unscale(data, f, limit, first, Math.min(n - first, Optim.CHUNK)) ? 0f : 1f);
        }
    }

    /** Whether all elements were within the limit, which NaN is not. */
    private static boolean unscale(MemorySegment data, float f, float limit, long first, int size) {
        IntVector beyond = IntVector.zero(INTS);
        int whole = size / LANES * LANES;
        for (int i = 0; i < whole; i += LANES) {
            long at = (first + i) * Float.BYTES;
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, data, at, ORDER);
            beyond = beyond.or(beyond(v, limit));
            v.mul(f).intoMemorySegment(data, at, ORDER);
        }
        if (whole < size) {
            VectorMask<Float> inside = SPECIES.indexInRange(whole, size);
            long at = (first + whole) * Float.BYTES;
            // Lanes outside hold 0.
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, data, at, ORDER, inside);
            beyond = beyond.or(beyond(v, limit));
            v.mul(f).intoMemorySegment(data, at, ORDER, inside);
        }
        return beyond.reduceLanes(VectorOperators.OR) >= 0;
    }

    /**
     * Lanes below 0 where a magnitude is beyond the limit, which is not below 0, or NaN. Magnitudes are ordered as their bits are, those of NaN last. Masks
     * that are kept from one step of a loop to the next would be objects.
     */
    private static IntVector beyond(FloatVector v, float limit) {
        return IntVector.broadcast(INTS, Float.floatToRawIntBits(limit)).sub(v.reinterpretAsInts().and(Integer.MAX_VALUE));
    }

    /** See {@code LossScaling.checkChunks}. */
    public static void checkChunks(FloatArray g, FloatArray factor, FloatArray flags, FloatArray sums, float limit, int n, int offset, int from, int count) {
        MemorySegment data = g.getSegment();
        float f = factor.get(0);
        for (int chunk = from; chunk < from + count; chunk++) {
            int first = chunk * Optim.CHUNK;
            check(data, f, limit, first, Math.min(n - first, Optim.CHUNK), flags, sums, offset + chunk);
        }
    }

    /**
     * One chunk. It is a method of its own so that it is compiled as a whole: a loop that is compiled while it runs, as that over many chunks would be, takes
     * up its sums as objects and keeps them so.
     */
    private static void check(MemorySegment data, float f, float limit, long first, int size, FloatArray flags, FloatArray sums, int at) {
        IntVector beyond = IntVector.zero(INTS);
        FloatVector sum0 = FloatVector.zero(SPECIES);
        FloatVector sum1 = sum0;
        int i = 0;
        for (; i + 2 * LANES <= size; i += 2 * LANES) {
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, data, (first + i) * Float.BYTES, ORDER);
            FloatVector v1 = FloatVector.fromMemorySegment(SPECIES, data, (first + i + LANES) * Float.BYTES, ORDER);
            beyond = beyond.or(beyond(v0, limit)).or(beyond(v1, limit));
            FloatVector u0 = v0.mul(f);
            FloatVector u1 = v1.mul(f);
            sum0 = u0.fma(u0, sum0);
            sum1 = u1.fma(u1, sum1);
        }
        for (; i < size; i += LANES) {
            // Lanes outside hold 0.
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, data, (first + i) * Float.BYTES, ORDER, SPECIES.indexInRange(i, size));
            beyond = beyond.or(beyond(v, limit));
            FloatVector u = v.mul(f);
            sum0 = u.fma(u, sum0);
        }
        flags.set(at, beyond.reduceLanes(VectorOperators.OR) >= 0 ? 0f : 1f);
        sums.set(at, VectorMath.sum(sum0.add(sum1)));
    }
}
