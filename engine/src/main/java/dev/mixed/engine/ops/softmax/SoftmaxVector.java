// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.softmax;

import dev.mixed.engine.jvm.Scratch;
import dev.mixed.engine.jvm.VectorMath;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Softmax kernels on the Vector API, with the signatures of {@code dev.mixed.engine.ops.softmax.Softmax}.
 *
 * <p>A row is copied to a float array and padded to whole vectors with values that change nothing, so no row needs a scalar tail.
 */
public final class SoftmaxVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();

    private SoftmaxVector() {
    }

    /** y = exp(x - max) / sum(exp(x - max)) for rows of n. */
    public static void softmaxRows(FloatArray x, FloatArray y, int n, int from, int count) {
        MemorySegment in = x.getSegment();
        MemorySegment out = y.getSegment();
        float[] row = Scratch.get().floats(0, padded(n));
        for (int i = from; i < from + count; i++) {
            load(in, i, n, row, Float.NEGATIVE_INFINITY);
            exps(row, n, max(row, n), row);
            float sum = sum(row, n);
            for (int j = 0; j < n; j += LANES) {
                FloatVector.fromArray(SPECIES, row, j).div(sum).intoArray(row, j);
            }
            store(row, out, i, n);
        }
    }

    /** dx = y (dy - sum(y dy)) for rows of n. */
    public static void softmaxBackwardRows(FloatArray y, FloatArray dy, FloatArray dx, int n, int from, int count) {
        Scratch scratch = Scratch.get();
        float[] p = scratch.floats(0, padded(n));
        float[] g = scratch.floats(1, padded(n));
        for (int i = from; i < from + count; i++) {
            load(y.getSegment(), i, n, p, 0f);
            load(dy.getSegment(), i, n, g, 0f);
            FloatVector dots = FloatVector.zero(SPECIES);
            for (int j = 0; j < n; j += LANES) {
                dots = FloatVector.fromArray(SPECIES, p, j).fma(FloatVector.fromArray(SPECIES, g, j), dots);
            }
            float dot = VectorMath.sum(dots);
            for (int j = 0; j < n; j += LANES) {
                FloatVector.fromArray(SPECIES, g, j).sub(dot).mul(FloatVector.fromArray(SPECIES, p, j)).intoArray(g, j);
            }
            store(g, dx.getSegment(), i, n);
        }
    }

    /** y = x - max - log(sum(exp(x - max))) for rows of n. */
    public static void logSoftmaxRows(FloatArray x, FloatArray y, int n, int from, int count) {
        Scratch scratch = Scratch.get();
        float[] row = scratch.floats(0, padded(n));
        float[] exps = scratch.floats(1, padded(n));
        for (int i = from; i < from + count; i++) {
            load(x.getSegment(), i, n, row, Float.NEGATIVE_INFINITY);
            float max = max(row, n);
            exps(row, n, max, exps);
            float log = (float) Math.log(sum(exps, n));
            for (int j = 0; j < n; j += LANES) {
                FloatVector.fromArray(SPECIES, row, j).sub(max).sub(log).intoArray(row, j);
            }
            store(row, y.getSegment(), i, n);
        }
    }

    /** dx = dy - exp(y) sum(dy) for rows of n. */
    public static void logSoftmaxBackwardRows(FloatArray y, FloatArray dy, FloatArray dx, int n, int from, int count) {
        Scratch scratch = Scratch.get();
        float[] logs = scratch.floats(0, padded(n));
        float[] g = scratch.floats(1, padded(n));
        for (int i = from; i < from + count; i++) {
            load(y.getSegment(), i, n, logs, 0f);
            load(dy.getSegment(), i, n, g, 0f);
            float sum = sum(g, n);
            for (int j = 0; j < n; j += LANES) {
                FloatVector p = VectorMath.exp(FloatVector.fromArray(SPECIES, logs, j));
                FloatVector.fromArray(SPECIES, g, j).sub(p.mul(sum)).intoArray(g, j);
            }
            store(g, dx.getSegment(), i, n);
        }
    }

    private static int padded(int n) {
        return Math.ceilDiv(n, LANES) * LANES;
    }

    private static void load(MemorySegment source, int i, int n, float[] row, float padding) {
        MemorySegment.copy(source, ValueLayout.JAVA_FLOAT, (long) i * n * Float.BYTES, row, 0, n);
        for (int j = n; j < padded(n); j++) {
            row[j] = padding;
        }
    }

    private static void store(float[] row, MemorySegment target, int i, int n) {
        MemorySegment.copy(row, 0, target, ValueLayout.JAVA_FLOAT, (long) i * n * Float.BYTES, n);
    }

    private static float max(float[] row, int n) {
        FloatVector max = FloatVector.fromArray(SPECIES, row, 0);
        for (int j = LANES; j < n; j += LANES) {
            max = max.max(FloatVector.fromArray(SPECIES, row, j));
        }
        return max.reduceLanes(VectorOperators.MAX);
    }

    /** exps[j] = exp(row[j] - max); padding becomes 0, or NaN where the row is NaN anyway. */
    private static void exps(float[] row, int n, float max, float[] exps) {
        for (int j = 0; j < n; j += LANES) {
            VectorMath.exp(FloatVector.fromArray(SPECIES, row, j).sub(max)).intoArray(exps, j);
        }
    }

    private static float sum(float[] row, int n) {
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int j = 0; j < n; j += LANES) {
            sum = sum.add(FloatVector.fromArray(SPECIES, row, j));
        }
        return VectorMath.sum(sum);
    }
}
