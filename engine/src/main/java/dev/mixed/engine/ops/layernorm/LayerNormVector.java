// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.layernorm;

import dev.mixed.engine.jvm.Rows;
import dev.mixed.engine.jvm.Scratch;
import dev.mixed.engine.jvm.VectorMath;
import dev.mixed.engine.ops.reduce.SumRowsVector;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Layer normalisation on the Vector API, with the signatures of {@code dev.mixed.engine.ops.layernorm.LayerNorm}.
 *
 * <p>A row is copied to a float array and padded with zeros to whole vectors.
 */
public final class LayerNormVector {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private LayerNormVector() {
    }

    public static void normalize(FloatArray x, FloatArray gamma, FloatArray beta, FloatArray y, FloatArray mean, FloatArray rstd, int n, float eps,
            int from, int count) {
        normalize(x.getSegment(), gamma, beta, y.getSegment(), false, mean, rstd, n, eps, from, count);
    }

    public static void normalizeHalf(HalfFloatArray x, FloatArray gamma, FloatArray beta, HalfFloatArray y, FloatArray mean, FloatArray rstd, int n,
            float eps, int from, int count) {
        normalize(x.getSegment(), gamma, beta, y.getSegment(), true, mean, rstd, n, eps, from, count);
    }

    public static void normalizeBackward(FloatArray x, FloatArray gamma, FloatArray mean, FloatArray rstd, FloatArray dy, FloatArray dx, int n,
            int from, int count) {
        backward(x.getSegment(), gamma, mean, rstd, dy.getSegment(), dx.getSegment(), false, n, from, count);
    }

    public static void normalizeBackwardHalf(HalfFloatArray x, FloatArray gamma, FloatArray mean, FloatArray rstd, HalfFloatArray dy,
            HalfFloatArray dx, int n, int from, int count) {
        backward(x.getSegment(), gamma, mean, rstd, dy.getSegment(), dx.getSegment(), true, n, from, count);
    }

    /** dgamma[j] (+)= sum over r of dy[r][j] (x[r][j] - mean[r]) rstd[r]. */
    public static void gammaGradient(FloatArray x, FloatArray mean, FloatArray rstd, FloatArray dy, FloatArray dgamma, int rows, int n,
            int accumulate, int from, int count) {
        MemorySegment values = x.getSegment();
        MemorySegment gradients = dy.getSegment();
        int width = Math.ceilDiv(count, LANES) * LANES;
        float[] total = Scratch.get().floats(0, width);
        float[] part = Scratch.get().floats(1, width);
        Arrays.fill(total, 0, width, 0f);
        for (int start = 0; start < rows; start += LayerNorm.BLOCK) {
            int end = Math.min(start + LayerNorm.BLOCK, rows);
            Arrays.fill(part, 0, width, 0f);
            for (int r = start; r < end; r++) {
                addProducts(values, gradients, (long) r * n + from, count, mean.get(r), rstd.get(r), part);
            }
            SumRowsVector.add(total, part, width);
        }
        SumRowsVector.store(total, dgamma, accumulate != 0, from, count);
    }

    private static void normalize(MemorySegment x, FloatArray gamma, FloatArray beta, MemorySegment y, boolean half, FloatArray mean, FloatArray rstd,
            int n, float eps, int from, int count) {
        float[] row = padded(0, n);
        float[] g = padded(1, n);
        float[] b = padded(2, n);
        Rows.load(gamma.getSegment(), false, 0, g, 0, n);
        Rows.load(beta.getSegment(), false, 0, b, 0, n);
        for (int i = from; i < from + count; i++) {
            Rows.load(x, half, (long) i * n, row, 0, n);
            float m = sum(row, n) / n;
            float r = 1f / (float) Math.sqrt(squares(row, n, m) / n + eps);
            for (int j = 0; j < n; j += LANES) {
                FloatVector.fromArray(SPECIES, row, j).sub(m).mul(r)
                        .fma(FloatVector.fromArray(SPECIES, g, j), FloatVector.fromArray(SPECIES, b, j)).intoArray(row, j);
            }
            Rows.store(row, 0, y, half, (long) i * n, n);
            clearPadding(row, n);
            mean.set(i, m);
            rstd.set(i, r);
        }
    }

    private static void backward(MemorySegment x, FloatArray gamma, FloatArray mean, FloatArray rstd, MemorySegment dy, MemorySegment dx, boolean half,
            int n, int from, int count) {
        float[] hat = padded(0, n);
        float[] grad = padded(1, n);
        float[] g = padded(2, n);
        Rows.load(gamma.getSegment(), false, 0, g, 0, n);
        for (int i = from; i < from + count; i++) {
            Rows.load(x, half, (long) i * n, hat, 0, n);
            Rows.load(dy, half, (long) i * n, grad, 0, n);
            float m = mean.get(i);
            float r = rstd.get(i);
            FloatVector sums = FloatVector.zero(SPECIES);
            FloatVector dots = FloatVector.zero(SPECIES);
            for (int j = 0; j < n; j += LANES) {
                // In the padding dy and gamma are 0, and so are their contributions.
                FloatVector scaled = FloatVector.fromArray(SPECIES, grad, j).mul(FloatVector.fromArray(SPECIES, g, j));
                FloatVector xhat = FloatVector.fromArray(SPECIES, hat, j).sub(m).mul(r);
                sums = sums.add(scaled);
                dots = scaled.fma(xhat, dots);
                scaled.intoArray(grad, j);
                xhat.intoArray(hat, j);
            }
            float meanG = VectorMath.sum(sums) / n;
            float meanDot = VectorMath.sum(dots) / n;
            for (int j = 0; j < n; j += LANES) {
                FloatVector xhat = FloatVector.fromArray(SPECIES, hat, j);
                FloatVector.fromArray(SPECIES, grad, j).sub(meanG).sub(xhat.mul(meanDot)).mul(r).intoArray(hat, j);
            }
            Rows.store(hat, 0, dx, half, (long) i * n, n);
            clearPadding(grad, n);
            clearPadding(hat, n);
        }
    }

    /** {@link #gammaGradient} of half rows. */
    public static void gammaGradientHalf(HalfFloatArray x, FloatArray mean, FloatArray rstd, HalfFloatArray dy, FloatArray dgamma, int rows, int n,
            int accumulate, int from, int count) {
        int width = Math.ceilDiv(count, LANES) * LANES;
        float[] total = Scratch.get().floats(0, width);
        float[] part = Scratch.get().floats(1, width);
        float[] hat = Scratch.get().floats(2, width);
        float[] grad = Scratch.get().floats(3, width);
        Arrays.fill(total, 0, width, 0f);
        for (int start = 0; start < rows; start += LayerNorm.BLOCK) {
            int end = Math.min(start + LayerNorm.BLOCK, rows);
            Arrays.fill(part, 0, width, 0f);
            for (int row = start; row < end; row++) {
                Rows.load(x.getSegment(), true, (long) row * n + from, hat, 0, count);
                Rows.load(dy.getSegment(), true, (long) row * n + from, grad, 0, count);
                addProducts(hat, grad, width, mean.get(row), rstd.get(row), part);
            }
            SumRowsVector.add(total, part, width);
        }
        SumRowsVector.store(total, dgamma, accumulate != 0, from, count);
    }

    /** What stands behind the last element of x and dy goes into part's padding. */
    private static void addProducts(float[] x, float[] dy, int width, float mean, float rstd, float[] part) {
        for (int j = 0; j < width; j += LANES) {
            FloatVector hat = FloatVector.fromArray(SPECIES, x, j).sub(mean).mul(rstd);
            FloatVector product = FloatVector.fromArray(SPECIES, dy, j).mul(hat);
            FloatVector.fromArray(SPECIES, part, j).add(product).intoArray(part, j);
        }
    }

    private static void addProducts(MemorySegment x, MemorySegment dy, long element, int count, float mean, float rstd, float[] part) {
        int whole = count / LANES * LANES;
        for (int j = 0; j < whole; j += LANES) {
            long at = (element + j) * Float.BYTES;
            FloatVector hat = FloatVector.fromMemorySegment(SPECIES, x, at, ORDER).sub(mean).mul(rstd);
            FloatVector product = FloatVector.fromMemorySegment(SPECIES, dy, at, ORDER).mul(hat);
            FloatVector.fromArray(SPECIES, part, j).add(product).intoArray(part, j);
        }
        if (whole < count) {
            VectorMask<Float> inside = SPECIES.indexInRange(whole, count);
            long at = (element + whole) * Float.BYTES;
            FloatVector hat = FloatVector.fromMemorySegment(SPECIES, x, at, ORDER, inside).sub(mean).mul(rstd);
            FloatVector product = FloatVector.fromMemorySegment(SPECIES, dy, at, ORDER, inside).mul(hat);
            FloatVector.fromArray(SPECIES, part, whole).add(product).intoArray(part, whole);
        }
    }

    /** Work space for a row of n in whole vectors, zero behind the n-th element. */
    private static float[] padded(int slot, int n) {
        float[] row = Scratch.get().floats(slot, Math.ceilDiv(n, LANES) * LANES);
        clearPadding(row, n);
        return row;
    }

    private static void clearPadding(float[] row, int n) {
        Arrays.fill(row, n, Math.ceilDiv(n, LANES) * LANES, 0f);
    }

    private static float sum(float[] row, int n) {
        FloatVector even = FloatVector.zero(SPECIES);
        FloatVector odd = even;
        int j = 0;
        for (; j + LANES < n; j += 2 * LANES) {
            even = even.add(FloatVector.fromArray(SPECIES, row, j));
            odd = odd.add(FloatVector.fromArray(SPECIES, row, j + LANES));
        }
        if (j < n) {
            even = even.add(FloatVector.fromArray(SPECIES, row, j));
        }
        return VectorMath.sum(even.add(odd));
    }

    /** Sum of (x - m)^2, the padding left out. */
    private static float squares(float[] row, int n, float m) {
        FloatVector even = FloatVector.zero(SPECIES);
        FloatVector odd = even;
        int whole = n / LANES * LANES;
        int j = 0;
        for (; j + LANES < whole; j += 2 * LANES) {
            FloatVector d = FloatVector.fromArray(SPECIES, row, j).sub(m);
            FloatVector e = FloatVector.fromArray(SPECIES, row, j + LANES).sub(m);
            even = d.fma(d, even);
            odd = e.fma(e, odd);
        }
        for (; j < n; j += LANES) {
            VectorMask<Float> inside = SPECIES.indexInRange(j, n);
            FloatVector d = FloatVector.fromArray(SPECIES, row, j).sub(m, inside);
            even = d.fma(d, even);
        }
        return VectorMath.sum(even.add(odd));
    }
}
