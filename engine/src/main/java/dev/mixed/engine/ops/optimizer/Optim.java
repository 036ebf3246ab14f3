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
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.List;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Parameter updates, gradient norms and finite checks, all on the device: nothing here waits for the host.
 *
 * <p>What changes from step to step (learning rate, step count, gradient scale) is read from small tensors.
 */
public final class Optim {
    static final Kernel ADAMW = Kernel.of("adamw.f32", Optim::adamwUpdate, () -> OptimVector::adamwUpdate).named(AdamW.class);
    static final Kernel SQUARES = Kernel.of("sum_of_squares.f32", Optim::sumSquares, () -> OptimVector::sumSquares).named(Squares.class);
    static final Kernel ROOT_OF_SUM = Kernel.of("root_of_sum.f32", Optim::rootOfSum).named(Total.class);
    static final Kernel ANY = Kernel.of("any.f32", Optim::any).named(Total.class);
    private static final Kernel SGD = Kernel.of("sgd.f32", Optim::sgdUpdate);
    private static final Kernel SGD_MOMENTUM = Kernel.of("sgd_momentum.f32", Optim::sgdMomentumUpdate);
    private static final Kernel INCREMENT = Kernel.of("increment_step", Optim::increment);
    private static final Kernel INCREMENT_UNLESS = Kernel.of("increment_step_unless", Optim::incrementUnless);
    private static final Kernel SCHEDULED_RATE = Kernel.of("scheduled_rate", Optim::rateOfStep);
    private static final Kernel CLIP = Kernel.of("clip_coefficient", Optim::clip);
    private static final Kernel NON_FINITE = Kernel.of("non_finite.f32", Optim::findNonFinite);
    /** Elements that one partial result covers; fixed, so that sums do not depend on the number of cores. */
    static final int CHUNK = MultiTensor.CHUNK;
    /** Elements that are summed on their own before they join the chunk's total. */
    static final int BLOCK = 64;
    private static final Shape ONE = Shape.of(1);

    private Optim() {
    }

    /** The arguments of {@link #ADAMW}; those from {@code lr} on are the same for all parameters of a group. */
    record AdamW(Buffer param, Buffer grad, Buffer m, Buffer v, Buffer lr, Buffer step, Buffer gradScale, boolean scaled, Buffer foundInf, boolean checked,
            float rest1, float beta2, float rest2, float logBeta1, float logBeta2, float eps, float weightDecay) {
    }

    /** The arguments of {@link #SQUARES}. */
    record Squares(Buffer x, Buffer partials, int n, int offset) {
    }

    /** The arguments of a kernel that makes one number of many. */
    record Total(Buffer partials, Buffer result, int n) {
    }

    /**
     * One AdamW step (Loshchilov and Hutter, 2019) with decoupled decay and bias correction, as {@code torch.optim.AdamW}:
     * param -= lr wd param; m += (g - m)(1 - beta1); v = beta2 v + (1 - beta2) g^2;
     * param -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + eps).
     *
     * @param param     F32
     * @param grad      F32 or F16 of param's shape
     * @param m         first moment, F32 of param's shape
     * @param v         second moment, F32 of param's shape
     * @param lr        F32, one element
     * @param step      I32, one element: t, 1 for the first step ({@link #incrementStep} comes first)
     * @param gradScale F32, one element, by which the gradient is multiplied; null for 1
     * @param foundInf  F32, one element: if it is not 0, nothing changes; null if no one looked for infinities
     */
    public static void adamw(Tensor param, Tensor grad, Tensor m, Tensor v, Tensor lr, Tensor step, @Nullable Tensor gradScale, @Nullable Tensor foundInf,
            float beta1,
            float beta2, float eps, float weightDecay) {
        checkUpdate("adamw", param, grad, lr, gradScale, foundInf);
        OpCheck.alike("adamw", param, m);
        OpCheck.alike("adamw", param, v);
        checkStep("adamw", step);
        double b1 = decimal(beta1);
        double b2 = decimal(beta2);
        ADAMW.launch().update(param).read(Cast.to(grad, DType.F32)).update(m).update(v).read(lr).read(step)
                .read(gradScale == null ? lr : gradScale).flag(gradScale != null).read(foundInf == null ? lr : foundInf).flag(foundInf != null)
                .floats((float) (1 - b1), beta2, (float) (1 - b2), (float) Math.log(b1), (float) Math.log(b2), eps, weightDecay)
                .over(param.shape().elements(), 12);
    }

    /**
     * One step of {@code torch.optim.SGD} with dampening 0: g = grad + wd param; buffer = momentum buffer + g;
     * param -= lr (nesterov ? g + momentum buffer : buffer). Without momentum, param -= lr g.
     *
     * @param buffer    momentum buffer, F32 of param's shape, zeros before the first step; null without momentum
     * @param gradScale F32, one element, by which the gradient is multiplied; null for 1
     * @param foundInf  F32, one element: if it is not 0, nothing changes; null if no one looked for infinities
     */
    public static void sgd(Tensor param, Tensor grad, @Nullable Tensor buffer, Tensor lr, @Nullable Tensor gradScale, @Nullable Tensor foundInf, float momentum,
            boolean nesterov,
            float weightDecay) {
        checkUpdate("sgd", param, grad, lr, gradScale, foundInf);
        Tensor scale = gradScale == null ? lr : gradScale;
        Tensor found = foundInf == null ? lr : foundInf;
        Tensor gradient = Cast.to(grad, DType.F32);
        int elements = param.shape().elements();
        if (buffer == null) {
            SGD.launch().update(param).read(gradient).read(lr).read(scale).flag(gradScale != null).read(found).flag(foundInf != null)
                    .floats(weightDecay).over(elements, 4);
            return;
        }
        OpCheck.alike("sgd", param, buffer);
        SGD_MOMENTUM.launch().update(param).read(gradient).update(buffer).read(lr).read(scale).flag(gradScale != null).read(found).flag(foundInf != null)
                .floats(momentum).flag(nesterov).floats(weightDecay).over(elements, 6);
    }

    /** step += 1 for an I32 tensor of one element; not if {@code foundInf}, F32 of one element or null, is other than 0. */
    public static void incrementStep(Tensor step, @Nullable Tensor foundInf) {
        checkStep("increment_step", step);
        if (foundInf == null) {
            INCREMENT.launch().update(step).over(1, 1);
            return;
        }
        OpCheck.scalar("increment_step", foundInf);
        INCREMENT_UNLESS.launch().update(step).read(foundInf).over(1, 1);
    }

    /**
     * lr = the element of {@code rates} that {@code step} numbers, or the last one beyond the end.
     *
     * @param lr    F32, one element
     * @param step  I32, one element: steps taken so far, so that a step which was left out does not move the schedule
     * @param rates F32 [steps]
     */
    public static void scheduledRate(Tensor lr, Tensor step, Tensor rates) {
        OpCheck.scalar("scheduled_rate", lr);
        checkStep("scheduled_rate", step);
        OpCheck.rank("scheduled_rate", rates.require("scheduled_rate", DType.F32), 1);
        SCHEDULED_RATE.launch().read(step).read(rates).write(lr).ints(rates.shape().elements()).over(1, 4);
    }

    /** Sums of squares of all elements of all tensors, one sum per 4096 elements: F32 [partials]. */
    public static Tensor sumOfSquares(List<Tensor> tensors) {
        return partials("sum_of_squares", SQUARES, tensors);
    }

    /** The L2 norm over all elements of all tensors together, an F32 scalar. */
    public static Tensor norm(List<Tensor> tensors) {
        return rootOfSums(sumOfSquares(tensors));
    }

    /** The root of the sum of sums [n], an F32 scalar. */
    static Tensor rootOfSums(Tensor sums) {
        Tensor norm = Tensor.empty(sums.device(), Shape.of(), DType.F32);
        ROOT_OF_SUM.launch().read(sums).write(norm).ints(sums.shape().elements()).over(1, sums.shape().elements());
        return norm;
    }

    /** min(1, maxNorm / (norm + 1e-6)), F32 [1]: the factor of {@code torch.nn.utils.clip_grad_norm_}. NaN for a norm of NaN. */
    public static Tensor clipCoefficient(Tensor norm, float maxNorm) {
        OpCheck.scalar("clip_coefficient", norm);
        Tensor coefficient = Tensor.empty(norm.device(), ONE, DType.F32);
        CLIP.launch().read(norm).write(coefficient).floats(maxNorm).over(1, 4);
        return coefficient;
    }

    /** 1 if any element of any tensor is infinite or NaN, else 0: F32 [1]. */
    public static Tensor hasNonFinite(List<Tensor> tensors) {
        Tensor flags = partials("has_non_finite", NON_FINITE, tensors);
        Tensor flag = Tensor.empty(flags.device(), ONE, DType.F32);
        ANY.launch().read(flags).write(flag).ints(flags.shape().elements()).over(1, flags.shape().elements());
        return flag;
    }

    private static Tensor partials(String op, Kernel kernel, List<Tensor> tensors) {
        if (tensors.isEmpty()) {
            throw new IllegalArgumentException(op + " takes at least one tensor");
        }
        Device device = tensors.getFirst().device();
        int total = tensors.stream().mapToInt(t -> Math.ceilDiv(t.shape().elements(), CHUNK)).sum();
        Tensor partials = Elementwise.fill(device, Shape.of(total), DType.F32, 0f);
        int offset = 0;
        for (Tensor t : tensors) {
            OpCheck.floating(op, t);
            int elements = t.shape().elements();
            int chunks = Math.ceilDiv(elements, CHUNK);
            kernel.launch().read(Cast.to(t, DType.F32)).update(partials).ints(elements, offset).over(chunks, Math.min(elements, CHUNK));
            offset += chunks;
        }
        return partials;
    }

    private static void checkUpdate(String op, Tensor param, Tensor grad, Tensor lr, @Nullable Tensor gradScale, @Nullable Tensor foundInf) {
        param.require(op, DType.F32);
        OpCheck.floating(op, grad);
        OpCheck.sameShape(op, param, grad);
        OpCheck.scalar(op, lr);
        if (gradScale != null) {
            OpCheck.scalar(op, gradScale);
        }
        if (foundInf != null) {
            OpCheck.scalar(op, foundInf);
        }
    }

    private static void checkStep(String op, Tensor step) {
        step.require(op, DType.I32).require(op, ONE);
    }

    /** The decimal number that was meant: 0.999f is 0.99900001 in binary, and 1 - beta2 would inherit that error a thousandfold. */
    private static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    /** 1 - beta^step from ln(beta); by its series where 1 - exp would cancel. */
    public static float biasCorrection(float logBeta, int step) {
        float z = -logBeta * step;
        if (z < 0.25f) {
            return z * (1f - z * (1f / 2) * (1f - z * (1f / 3) * (1f - z * (1f / 4) * (1f - z * (1f / 5) * (1f - z * (1f / 6) * (1f - z * (1f / 7)))))));
        }
        return 1f - TornadoMath.exp(-z);
    }

    /** See {@link #adamw}; {@code rest1} = 1 - beta1, {@code rest2} = 1 - beta2. */
    public static void adamwUpdate(FloatArray param, FloatArray grad, FloatArray m, FloatArray v, FloatArray lr, IntArray step, FloatArray gradScale,
            int scaled, FloatArray foundInf, int checked, float rest1, float beta2, float rest2, float logBeta1, float logBeta2, float eps, float weightDecay,
            int from, int count) {
        float rate = lr.get(0);
        float scale = scaled != 0 ? gradScale.get(0) : 1f;
        float stepSize = rate / biasCorrection(logBeta1, step.get(0));
        float root = 1f / TornadoMath.sqrt(biasCorrection(logBeta2, step.get(0)));
        float keep = 1f - rate * weightDecay;
        boolean apply = checked == 0 || foundInf.get(0) == 0f;
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            if (apply) {
                float g = grad.get(e) * scale;
                float m1 = m.get(e) + (g - m.get(e)) * rest1;
                float v1 = v.get(e) * beta2 + rest2 * g * g;
                m.set(e, m1);
                v.set(e, v1);
                param.set(e, param.get(e) * keep - stepSize * (m1 / (TornadoMath.sqrt(v1) * root + eps)));
            }
        }
    }

    /** See {@link #sgd}, without momentum. */
    public static void sgdUpdate(FloatArray param, FloatArray grad, FloatArray lr, FloatArray gradScale, int scaled, FloatArray foundInf,
            int checked, float weightDecay, int from, int count) {
        float rate = lr.get(0);
        float scale = scaled != 0 ? gradScale.get(0) : 1f;
        boolean apply = checked == 0 || foundInf.get(0) == 0f;
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            if (apply) {
                float g = grad.get(e) * scale + weightDecay * param.get(e);
                param.set(e, param.get(e) - rate * g);
            }
        }
    }

    /** See {@link #sgd}, with momentum. */
    public static void sgdMomentumUpdate(FloatArray param, FloatArray grad, FloatArray buffer, FloatArray lr, FloatArray gradScale, int scaled,
            FloatArray foundInf, int checked, float momentum, int nesterov, float weightDecay, int from, int count) {
        float rate = lr.get(0);
        float scale = scaled != 0 ? gradScale.get(0) : 1f;
        boolean apply = checked == 0 || foundInf.get(0) == 0f;
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            if (apply) {
                float g = grad.get(e) * scale + weightDecay * param.get(e);
                float b = momentum * buffer.get(e) + g;
                buffer.set(e, b);
                float d = nesterov != 0 ? g + momentum * b : b;
                param.set(e, param.get(e) - rate * d);
            }
        }
    }

    /** step[0] += 1. */
    public static void increment(IntArray step, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            step.set(from + i, step.get(from + i) + 1);
        }
    }

    /** step[0] += 1 if foundInf[0] is 0. */
    public static void incrementUnless(IntArray step, FloatArray foundInf, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int taken = foundInf.get(from + i) == 0f ? 1 : 0;
            step.set(from + i, step.get(from + i) + taken);
        }
    }

    /** lr[0] = rates[min(step[0], n - 1)]. */
    public static void rateOfStep(IntArray step, FloatArray rates, FloatArray lr, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            lr.set(from + i, rates.get(Math.min(step.get(from + i), n - 1)));
        }
    }

    /** partials[offset + c] = sum of squares of chunk c of x [n]. */
    public static void sumSquares(FloatArray x, FloatArray partials, int n, int offset, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int chunk = from + i;
            int first = chunk * CHUNK;
            int end = first + Math.min(n - first, CHUNK);
            float sum = 0f;
            for (int start = first; start < end; start += BLOCK) {
                int stop = Math.min(start + BLOCK, end);
                float part = 0f;
                for (int e = start; e < stop; e++) {
                    part += x.get(e) * x.get(e);
                }
                sum += part;
            }
            partials.set(offset + chunk, sum);
        }
    }

    /** result[0] = sqrt(sum of partials [n]). */
    public static void rootOfSum(FloatArray partials, FloatArray result, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            float sum = 0f;
            for (int start = 0; start < n; start += BLOCK) {
                int stop = Math.min(start + BLOCK, n);
                float part = 0f;
                for (int e = start; e < stop; e++) {
                    part += partials.get(e);
                }
                sum += part;
            }
            result.set(from + i, TornadoMath.sqrt(sum));
        }
    }

    /** coefficient[0] = min(1, maxNorm / (norm[0] + 1e-6)). */
    public static void clip(FloatArray norm, FloatArray coefficient, float maxNorm, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            float c = maxNorm / (norm.get(from + i) + 1e-6f);
            coefficient.set(from + i, c > 1f ? 1f : c);
        }
    }

    /** partials[offset + c] = 1 if chunk c of x [n] holds an infinity or NaN, else 0. */
    public static void findNonFinite(FloatArray x, FloatArray partials, int n, int offset, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int chunk = from + i;
            int first = chunk * CHUNK;
            int end = first + Math.min(n - first, CHUNK);
            int finite = 1;
            for (int e = first; e < end; e++) {
                float v = x.get(e);
                // NaN alone differs from itself; a comparison that a compiler turned round would pass it.
                boolean ok = v == v && TornadoMath.abs(v) <= Float.MAX_VALUE;
                finite = ok ? finite : 0;
            }
            partials.set(offset + chunk, finite != 0 ? 0f : 1f);
        }
    }

    /** result[0] = 1 if any of partials [n] is above 0, else 0. */
    public static void any(FloatArray partials, FloatArray result, int n, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            float found = 0f;
            for (int e = 0; e < n; e++) {
                found = partials.get(e) > 0f ? 1f : found;
            }
            result.set(from + i, found);
        }
    }
}
