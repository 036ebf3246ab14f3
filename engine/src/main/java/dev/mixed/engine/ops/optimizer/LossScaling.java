// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.optimizer;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.MultiTensor;
import dev.mixed.engine.ops.OpCheck;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.Collections;
import java.util.List;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Dynamic loss scaling (Micikevicius et al., "Mixed Precision Training", 2018) on the device: the scale, the count of good steps and what was
 * found live in small tensors that only kernels read in a training step.
 */
public final class LossScaling {
    private static final Kernel INVERSE = Kernel.of("inverse_scale", LossScaling::inverseScale);
    static final Kernel UNSCALE = Kernel.of("unscale.f32", LossScaling::unscaleChunks, () -> OptimVector::unscaleChunks).named(Unscale.class);
    static final Kernel CHECK = Kernel.of("check_gradients.f32", LossScaling::checkChunks, () -> OptimVector::checkChunks).named(Check.class);
    static final Kernel FOUND_INF = Kernel.of("found_inf", Optim::any).named(Optim.Total.class);
    private static final Kernel UPDATE = Kernel.of("update_scale", LossScaling::updateScale);
    /** Elements that one flag covers. */
    private static final int CHUNK = MultiTensor.CHUNK;
    private static final Shape ONE = Shape.of(1);

    private LossScaling() {
    }

    /** The arguments of {@link #UNSCALE}. */
    record Unscale(Buffer g, Buffer factor, Buffer flags, float limit, int n, int offset) {
    }

    /** The arguments of {@link #CHECK}. */
    record Check(Buffer g, Buffer factor, Buffer flags, Buffer sums, float limit, int n, int offset) {
    }

    /**
     * 1 / scale, F32 [1].
     *
     * <p>PyTorch divides in float64 and rounds to float32. A correctly rounded float32 division gives the same number, for float64 has more than
     * twice the digits (Figueroa, "When is double rounding innocuous?", 1995), so the device needs no doubles.
     */
    public static Tensor inverse(Tensor scale) {
        OpCheck.scalar("inverse_scale", scale);
        Tensor inverse = Tensor.empty(scale.device(), ONE, DType.F32);
        INVERSE.launch().read(scale).write(inverse).over(1, 4);
        return inverse;
    }

    /** {@link #unscale(List, List, Tensor, Tensor)} where only infinities and NaN count. */
    public static void unscale(List<Tensor> gradients, Tensor factor, Tensor foundInf) {
        unscale(gradients, Collections.nCopies(gradients.size(), Float.MAX_VALUE), factor, foundInf);
    }

    /**
     * Multiplies all gradients by one factor and tells whether any of them, before that, held an infinity or NaN, or a number beyond its limit.
     *
     * @param gradients F32, changed in place
     * @param limits    largest magnitude of an element of each that counts as finite: {@link Float#MAX_VALUE}, or less
     * @param factor    F32, one element: {@link #inverse}
     * @param foundInf  F32 [1], overwritten with 1 if one was found, else 0
     */
    public static void unscale(List<Tensor> gradients, List<Float> limits, Tensor factor, Tensor foundInf) {
        OpCheck.scalar("unscale", factor);
        OpCheck.scalar("unscale", foundInf);
        if (gradients.isEmpty()) {
            throw new IllegalArgumentException("unscale takes at least one tensor");
        }
        Device device = foundInf.device();
        int chunks = gradients.stream().mapToInt(g -> Math.ceilDiv(g.shape().elements(), CHUNK)).sum();
        Tensor flags = Elementwise.fill(device, Shape.of(chunks), DType.F32, 0f);
        int offset = 0;
        for (int i = 0; i < gradients.size(); i++) {
            Tensor gradient = gradients.get(i);
            int n = gradient.require("unscale", DType.F32).shape().elements();
            int own = Math.ceilDiv(n, CHUNK);
            UNSCALE.launch().update(gradient).read(factor).update(flags).floats(limits.get(i)).ints(n, offset).over(own, Math.min(n, CHUNK));
            offset += own;
        }
        FOUND_INF.launch().read(flags).write(foundInf).ints(chunks).over(1, chunks);
    }

    /**
     * What {@link #unscale} tells, and the norm of what it would leave, in one pass that changes no gradient.
     *
     * @param gradients F32
     * @param limits    largest magnitude of an element of each that counts as finite: {@link Float#MAX_VALUE}, or less
     * @param factor    F32, one element: {@link #inverse}
     * @param foundInf  F32 [1], overwritten with 1 if one was found, else 0
     * @return the L2 norm over all elements of all gradients times the factor, an F32 scalar; of no meaning where one was found
     */
    public static Tensor check(List<Tensor> gradients, List<Float> limits, Tensor factor, Tensor foundInf) {
        OpCheck.scalar("check_gradients", factor);
        OpCheck.scalar("check_gradients", foundInf);
        if (gradients.isEmpty()) {
            throw new IllegalArgumentException("check_gradients takes at least one tensor");
        }
        Device device = foundInf.device();
        int chunks = gradients.stream().mapToInt(g -> Math.ceilDiv(g.shape().elements(), CHUNK)).sum();
        Tensor flags = Elementwise.fill(device, Shape.of(chunks), DType.F32, 0f);
        Tensor sums = Elementwise.fill(device, Shape.of(chunks), DType.F32, 0f);
        int offset = 0;
        for (int i = 0; i < gradients.size(); i++) {
            Tensor gradient = gradients.get(i);
            int n = gradient.require("check_gradients", DType.F32).shape().elements();
            int own = Math.ceilDiv(n, CHUNK);
            CHECK.launch().read(gradient).read(factor).update(flags).update(sums).floats(limits.get(i)).ints(n, offset).over(own, Math.min(n, CHUNK));
            offset += own;
        }
        FOUND_INF.launch().read(flags).write(foundInf).ints(chunks).over(1, chunks);
        return Optim.rootOfSums(sums);
    }

    /**
     * The rule of dynamic loss scaling: after an infinity, scale *= backoff and the tracker starts over; else the tracker counts up, and at the
     * interval scale *= growth, unless that leaves float's range, and the tracker starts over.
     *
     * @param scale    F32 [1]
     * @param tracker  I32 [1]: good steps since the scale last changed
     * @param foundInf F32, one element: other than 0 after an infinity
     * @param history  I32 [2 + k]: number of updates, number of those with an infinity, and the numbers (from 1) of the last k of these, each at
     *                 2 + its index modulo k
     */
    public static void update(Tensor scale, Tensor tracker, Tensor foundInf, Tensor history, float growth, float backoff, int interval) {
        OpCheck.scalar("update_scale", scale);
        OpCheck.scalar("update_scale", foundInf);
        tracker.require("update_scale", DType.I32).require("update_scale", ONE);
        OpCheck.rank("update_scale", history.require("update_scale", DType.I32), 1);
        UPDATE.launch().update(scale).update(tracker).read(foundInf).update(history).floats(growth, backoff)
                .ints(interval, history.shape().elements() - 2).over(1, 10);
    }

    /** inverse[0] = 1 / scale[0]. */
    public static void inverseScale(FloatArray scale, FloatArray inverse, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            inverse.set(from + i, 1f / scale.get(from + i));
        }
    }

    /** flags[offset + c] = 1 if chunk c of g [n] holds NaN or a magnitude above limit, else 0; then g *= factor[0] in that chunk. */
    public static void unscaleChunks(FloatArray g, FloatArray factor, FloatArray flags, float limit, int n, int offset, int from, int count) {
        float f = factor.get(0);
        for (@Parallel int i = 0; i < count; i++) {
            int chunk = from + i;
            int first = chunk * CHUNK;
            int end = first + Math.min(n - first, CHUNK);
            int finite = 1;
            for (int e = first; e < end; e++) {
                float v = g.get(e);
                // NaN alone differs from itself; a comparison that a compiler turned round would pass it.
                boolean ok = v == v && TornadoMath.abs(v) <= limit;
                finite = ok ? finite : 0;
                g.set(e, v * f);
            }
            flags.set(offset + chunk, finite != 0 ? 0f : 1f);
        }
    }

    /**
     * flags[offset + c] = 1 if chunk c of g [n] holds NaN or a magnitude above limit, else 0; sums[offset + c] = the sum of squares of that chunk times
     * factor[0].
     */
    public static void checkChunks(FloatArray g, FloatArray factor, FloatArray flags, FloatArray sums, float limit, int n, int offset, int from, int count) {
        float f = factor.get(0);
        for (@Parallel int i = 0; i < count; i++) {
            int chunk = from + i;
            int first = chunk * CHUNK;
            int end = first + Math.min(n - first, CHUNK);
            int finite = 1;
            float sum = 0f;
            for (int start = first; start < end; start += Optim.BLOCK) {
                int stop = Math.min(start + Optim.BLOCK, end);
                float part = 0f;
                for (int e = start; e < stop; e++) {
                    float v = g.get(e);
                    // NaN alone differs from itself; a comparison that a compiler turned round would pass it.
                    boolean ok = v == v && TornadoMath.abs(v) <= limit;
                    finite = ok ? finite : 0;
                    part += v * f * (v * f);
                }
                sum += part;
            }
            flags.set(offset + chunk, finite != 0 ? 0f : 1f);
            sums.set(offset + chunk, sum);
        }
    }

    /** See {@link #update}; the one index does everything. */
    public static void updateScale(FloatArray scale, IntArray tracker, FloatArray foundInf, IntArray history, float growth, float backoff, int interval,
            int kept, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int updates = history.get(0) + 1;
            history.set(0, updates);
            float s = scale.get(0);
            if (foundInf.get(0) != 0f) {
                scale.set(0, s * backoff);
                tracker.set(0, 0);
                int skips = history.get(1);
                history.set(1, skips + 1);
                history.set(2 + skips % kept, updates);
            } else {
                int good = tracker.get(0) + 1;
                if (good >= interval) {
                    float grown = s * growth;
                    boolean inRange = grown <= Float.MAX_VALUE;
                    scale.set(0, inRange ? grown : s);
                    good = 0;
                }
                tracker.set(0, good);
            }
        }
    }
}
