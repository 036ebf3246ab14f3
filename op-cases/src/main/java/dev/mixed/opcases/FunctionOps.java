// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FLOAT;
import static dev.mixed.amp.OpRule.FOLLOWS;
import static dev.mixed.opcases.Draw.awayFrom;
import static dev.mixed.opcases.Draw.awayFromZero;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.Draw.positive;
import static dev.mixed.opcases.Draw.uniform;
import static dev.mixed.opcases.Draw.wide;
import static dev.mixed.opcases.ElementwiseOps.FLAT;
import static dev.mixed.opcases.ElementwiseOps.SHAPES;
import static dev.mixed.opcases.ElementwiseOps.SMALL;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Tanh;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Functions of one variable, element by element: activations, dropout, elementary functions. */
final class FunctionOps {
    private FunctionOps() {
    }

    static List<OpSpec> all() {
        return List.of(gelu(), geluTanh(), relu(), leakyRelu(), clamp(), sigmoid(), silu(), tanh(), dropout(), exp(), log(), pow(), rsqrt(), reciprocal());
    }

    private static OpSpec gelu() {
        return op("gelu(Variable)", "gelu", FOLLOWS)
                .call(in -> F.gelu(in.var(0)))
                .reference(x -> Reference.map(x.get(0), Reference::gelu))
                .torch("torch.gelu(a)")
                .costPerElement(20)
                .each(SHAPES, s -> inputs(wide(s)))
                .onGpu(FLAT, s -> inputs(normal(s)))
                .approximateOnGpu()
                .selfCheck(inputs(normal(24, 64)));
    }

    private static OpSpec geluTanh() {
        return op("geluTanh(Variable)", "gelu", FOLLOWS)
                .call(in -> F.geluTanh(in.var(0)))
                .reference(x -> Reference.map(x.get(0), Reference::geluTanh))
                .torch("torch.gelu(a, approximate=\"tanh\")")
                .costPerElement(20)
                .each(SHAPES, s -> inputs(wide(s)))
                .onGpu(FLAT, s -> inputs(normal(s)))
                .approximateOnGpu();
    }

    private static OpSpec relu() {
        return op("relu(Variable)", "relu", FOLLOWS)
                .call(in -> F.relu(in.var(0)))
                .reference(x -> Reference.map(x.get(0), v -> Math.max(v, 0)))
                .torch("torch.relu(a)")
                .notSmooth()
                .each(SHAPES, s -> inputs(awayFromZero(s)))
                .onGpu(FLAT, s -> inputs(normal(s)));
    }

    private static OpSpec leakyRelu() {
        return op("leakyRelu(Variable,float)", "leaky_relu", FOLLOWS)
                .call(in -> F.leakyRelu(in.var(0), 0.1f))
                .reference(x -> Reference.map(x.get(0), v -> v > 0 ? v : 0.1 * v))
                .torch("torch.leaky_relu(a, 0.1)")
                .notSmooth()
                .each(SHAPES, s -> inputs(awayFromZero(s)))
                .onGpu(SMALL, s -> inputs(normal(s)));
    }

    private static OpSpec clamp() {
        float low = -0.5f;
        float high = 0.75f;
        return op("clamp(Variable,float,float)", "clamp", FOLLOWS)
                .call(in -> F.clamp(in.var(0), low, high))
                .reference(x -> Reference.map(x.get(0), v -> Math.min(Math.max(v, low), high)))
                .torch("torch.clamp(a, -0.5, 0.75)")
                .notSmooth()
                .each(SHAPES, s -> inputs(awayFrom(low, high, s)))
                .with(inputs(awayFrom(low, high, 3, 7)).note("from below").call(in -> F.clamp(in.var(0), low, Float.POSITIVE_INFINITY))
                        .reference(x -> Reference.map(x.get(0), v -> Math.max(v, low))).torch("torch.clamp(a, -0.5)"))
                .with(inputs(awayFrom(low, high, 3, 7)).note("from above").call(in -> F.clamp(in.var(0), Float.NEGATIVE_INFINITY, high))
                        .reference(x -> Reference.map(x.get(0), v -> Math.min(v, high))).torch("torch.clamp(a, None, 0.75)"))
                .onGpu(SMALL, s -> inputs(normal(s)));
    }

    private static OpSpec sigmoid() {
        return op("sigmoid(Variable)", "sigmoid", FOLLOWS)
                .call(in -> F.sigmoid(in.var(0)))
                .reference(x -> Reference.map(x.get(0), v -> 1 / (1 + Math.exp(-v))))
                .torch("torch.sigmoid(a)")
                .costPerElement(20)
                .each(SHAPES, s -> inputs(wide(s)))
                .onGpu(SMALL, s -> inputs(normal(s)))
                .approximateOnGpu();
    }

    private static OpSpec silu() {
        return op("silu(Variable)", "silu", FOLLOWS)
                .call(in -> F.silu(in.var(0)))
                .reference(x -> Reference.map(x.get(0), v -> v / (1 + Math.exp(-v))))
                .torch("torch.silu(a)")
                .costPerElement(20)
                .each(SHAPES, s -> inputs(wide(s)))
                .onGpu(SMALL, s -> inputs(normal(s)))
                .approximateOnGpu();
    }

    private static OpSpec tanh() {
        OpSpec tanh = op("tanh(Variable)", "tanh", FOLLOWS)
                .call(in -> F.tanh(in.var(0)))
                .reference(x -> Reference.map(x.get(0), Math::tanh))
                .torch("torch.tanh(a)")
                .costPerElement(20)
                .each(SHAPES, s -> inputs(wide(s)))
                .onGpu(FLAT, s -> inputs(normal(s)))
                .approximateOnGpu();
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int[] s : FLAT) {
                // Of a result that is no approximation of tanh, so that the gradient must be exact.
                tanh.kernels(new GpuCase("tanh_backward " + dtype + " [" + s[0] + "]", GpuCase.tolerance(dtype),
                        in -> List.of(Tanh.backward(in.normal(dtype, s), in.normal(dtype, s)))));
            }
        }
        return tanh;
    }

    private static OpSpec dropout() {
        OpSpec dropout = op("dropout(Variable,float,RandomState)", "dropout", FOLLOWS)
                .reference(x -> Reference.mul(x.get(0), Objects.requireNonNull(x.factors(), "dropout draws")))
                .each(SHAPES, s -> dropout(0.1f, s))
                .with(dropout(0.9f, 13, 33))
                .with(dropout(1f, 3, 7))
                .with(dropout(0f, 3, 7))
                .each(new int[][] {{1}, {3, 17}, {33, 65}}, s -> dropout(0f, s));
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int[] s : FLAT) {
                dropout.kernels(dropoutTwice(dtype, s));
            }
        }
        return dropout.selfCheck(dropoutTwice(DType.F16, 24, 64));
    }

    /** libtorch can compare with no mask alone: its own are others. */
    private static OpCase dropout(float p, int... shape) {
        OpCase c = inputs(normal(shape)).note("p=" + p).call(in -> F.dropout(in.var(0), p, in.random()));
        return p == 0f ? c.reference(x -> x.get(0).clone()).torch("torch.dropout(a, 0.0, True)")
                : c.draws((device, random) -> factors(device, random, p, shape));
    }

    /** The op on ones: kept ones become 1/(1-p). */
    private static double[] factors(Device device, RandomState random, float p, int... shape) {
        float[] ones = new float[Shape.of(shape).elements()];
        Arrays.fill(ones, 1f);
        float[] y = F.dropout(Variable.constant(Tensor.of(device, Shape.of(shape), ones)), p, random).data().toFloats();
        double[] factors = new double[y.length];
        for (int i = 0; i < y.length; i++) {
            factors[i] = y[i] == 0f ? 0 : 1 / (1 - (double) p);
        }
        return factors;
    }

    /** Two masks in a row from one state. */
    private static GpuCase dropoutTwice(DType dtype, int... shape) {
        return new GpuCase("dropout " + dtype + " " + Shape.of(shape), GpuCase.tolerance(dtype), in -> {
            RandomState state = new RandomState(in.device(), 7);
            return List.of(Dropout.apply(in.normal(dtype, shape), 0.1f, state.next()), Dropout.apply(in.normal(dtype, shape), 0.1f, state.next()));
        });
    }

    private static OpSpec exp() {
        return op("exp(Variable)", "exp", FLOAT)
                .call(in -> F.exp(in.var(0)))
                .reference(x -> Reference.map(x.get(0), Math::exp))
                .torch("torch.exp(a)")
                .each(SHAPES, s -> inputs(normal(s)))
                .onGpu(SMALL, s -> inputs(uniform(0.1, 3, s)))
                .approximateOnGpu();
    }

    private static OpSpec log() {
        return op("log(Variable)", "log", FLOAT)
                .call(in -> F.log(in.var(0)))
                .reference(x -> Reference.map(x.get(0), Math::log))
                .torch("torch.log(a)")
                .each(SHAPES, s -> inputs(positive(s)))
                .onGpu(SMALL, s -> inputs(uniform(0.1, 3, s)))
                .approximateOnGpu();
    }

    private static OpSpec pow() {
        OpSpec pow = op("pow(Variable,float)", "pow", FLOAT)
                .each(new int[][] {{1}, {3, 17}, {33, 65}}, s -> pow(3f, normal(s)))
                .onGpu(SMALL, s -> pow(1.7f, uniform(0.1, 3, s)))
                .approximateOnGpu();
        for (float p : new float[] {2f, 0.5f, -1.5f}) {
            pow.each(SHAPES, s -> pow(p, positive(s)));
        }
        return pow;
    }

    private static OpCase pow(float p, Input x) {
        return inputs(x).note("p=" + p).call(in -> F.pow(in.var(0), p)).reference(in -> Reference.map(in.get(0), v -> Math.pow(v, p)))
                .torch("torch.pow(a, " + p + ")");
    }

    private static OpSpec rsqrt() {
        return op("rsqrt(Variable)", "rsqrt", FLOAT)
                .call(in -> F.rsqrt(in.var(0)))
                .reference(x -> Reference.map(x.get(0), v -> 1 / Math.sqrt(v)))
                .torch("torch.rsqrt(a)")
                .each(SHAPES, s -> inputs(positive(s)))
                .onGpu(SMALL, s -> inputs(uniform(0.1, 3, s)))
                .approximateOnGpu();
    }

    private static OpSpec reciprocal() {
        return op("reciprocal(Variable)", "reciprocal", FLOAT)
                .call(in -> F.reciprocal(in.var(0)))
                .reference(x -> Reference.map(x.get(0), v -> 1 / v))
                .torch("torch.reciprocal(a)")
                .each(SHAPES, s -> inputs(positive(s)))
                .onGpu(SMALL, s -> inputs(uniform(0.1, 3, s)))
                .approximateOnGpu();
    }
}
