package dev.mixed.autograd.functional;

import static dev.mixed.autograd.functional.OpCase.Kind.CONSTANT;
import static dev.mixed.autograd.functional.OpCase.Kind.F32_VARIABLE;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** Cases of the ops that work element by element. */
final class PointwiseCases {
    /** Sizes of 1, sizes that no tile divides, and one that is split among threads. */
    private static final int[][] SHAPES = {{}, {1}, {7}, {1, 1}, {3, 17}, {2, 1, 13}, {33, 65}, {129, 257}};
    /** Pairs of a shape and a suffix of it. */
    private static final int[][][] BROADCAST = {
        {{1}, {}}, {{3, 7}, {}}, {{1, 5}, {5}}, {{5, 1}, {1}}, {{7, 13}, {13}}, {{2, 3, 17}, {3, 17}}, {{2, 3, 17}, {17}}, {{65, 33}, {33}},
        {{131, 257}, {257}}, {{3, 11, 1025}, {11, 1025}}};

    private PointwiseCases() {
    }

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        binary(cases);
        for (int[] shape : SHAPES) {
            cases.add(OpCase.of("scale(Variable,float)", "").normal(shape).op(in -> F.scale(in.var(0), -1.75f))
                    .reference(x -> Reference.map(x[0], v -> v * -1.75)));
            cases.add(OpCase.of("scale(Variable,Tensor)", "by a tensor").normal(shape).input(CONSTANT, Shape.of(1), OpCase::normal)
                    .op(in -> F.scale(in.var(0), in.tensor(1))).reference(x -> Reference.mul(x[0], x[1])));
            cases.add(unary("gelu", shape, F::gelu, Reference::gelu));
            cases.add(unary("geluTanh", shape, F::geluTanh, Reference::geluTanh));
            cases.add(unary("tanh", shape, F::tanh, Math::tanh));
            cases.add(OpCase.of("relu(Variable)", "").input(OpCase.Kind.VARIABLE, Shape.of(shape), PointwiseCases::awayFromZero)
                    .op(in -> F.relu(in.var(0))).reference(x -> Reference.map(x[0], v -> Math.max(v, 0))));
            cases.add(dropout(0.1f, shape));
        }
        math(cases);
        cases.add(dropout(0.9f, 13, 33));
        cases.add(dropout(1f, 3, 7));
        cases.add(dropout(0f, 3, 7));
        casts(cases);
        return cases;
    }

    private static void binary(List<OpCase> cases) {
        for (int[] s : SHAPES) {
            cases.add(OpCase.of("add(Variable,Variable)", "").normal(s).normal(s).op(in -> F.add(in.var(0), in.var(1)))
                    .reference(x -> Reference.add(x[0], x[1], 1)));
            cases.add(OpCase.of("sub(Variable,Variable)", "").normal(s).normal(s).op(in -> F.sub(in.var(0), in.var(1)))
                    .reference(x -> Reference.add(x[0], x[1], -1)));
            cases.add(OpCase.of("mul(Variable,Variable)", "").normal(s).normal(s).op(in -> F.mul(in.var(0), in.var(1)))
                    .reference(x -> Reference.mul(x[0], x[1])));
        }
        for (int[][] s : BROADCAST) {
            cases.add(OpCase.of("add(Variable,Variable)", "").normal(s[0]).normal(s[1]).op(in -> F.add(in.var(0), in.var(1)))
                    .reference(x -> Reference.add(x[0], x[1], 1)));
            cases.add(OpCase.of("mul(Variable,Variable)", "").normal(s[0]).normal(s[1]).op(in -> F.mul(in.var(0), in.var(1)))
                    .reference(x -> Reference.mul(x[0], x[1])));
        }
        cases.add(OpCase.of("add(Variable,Variable)", "with an F32 bias").normal(7, 13).input(F32_VARIABLE, Shape.of(13), OpCase::normal)
                .op(in -> F.add(in.var(0), in.var(1))).reference(x -> Reference.add(x[0], x[1], 1)));
        cases.add(OpCase.of("mul(Variable,Variable)", "with an F32 factor").normal(7, 13).input(F32_VARIABLE, Shape.of(13), OpCase::normal)
                .op(in -> F.mul(in.var(0), in.var(1))).reference(x -> Reference.mul(x[0], x[1])));
        cases.add(OpCase.of("add(Variable,Variable)", "twice the same").normal(3, 7).op(in -> F.add(in.var(0), in.var(0)))
                .reference(x -> Reference.add(x[0], x[0], 1)));
        cases.add(OpCase.of("sub(Variable,Variable)", "twice the same").normal(3, 7).op(in -> F.sub(in.var(0), in.var(0)))
                .reference(x -> Reference.add(x[0], x[0], -1)));
        cases.add(OpCase.of("mul(Variable,Variable)", "twice the same").normal(3, 7).op(in -> F.mul(in.var(0), in.var(0)))
                .reference(x -> Reference.mul(x[0], x[0])));
    }

    private static void math(List<OpCase> cases) {
        for (int[] s : SHAPES) {
            cases.add(OpCase.of("exp(Variable)", "").normal(s).op(in -> F.exp(in.var(0))).reference(x -> Reference.map(x[0], Math::exp)));
            cases.add(positive("log(Variable)", "", s).op(in -> F.log(in.var(0))).reference(x -> Reference.map(x[0], Math::log)));
            cases.add(positive("rsqrt(Variable)", "", s).op(in -> F.rsqrt(in.var(0))).reference(x -> Reference.map(x[0], v -> 1 / Math.sqrt(v))));
            cases.add(positive("reciprocal(Variable)", "", s).op(in -> F.reciprocal(in.var(0))).reference(x -> Reference.map(x[0], v -> 1 / v)));
            for (float p : new float[] {2f, 0.5f, -1.5f}) {
                cases.add(positive("pow(Variable,float)", "p=" + p, s).op(in -> F.pow(in.var(0), p)).reference(x -> Reference.map(x[0], v -> Math.pow(v, p))));
            }
            cases.add(OpCase.of("norm(Variable)", "").normal(s).op(in -> F.norm(in.var(0)))
                    .reference(x -> new double[] {Math.sqrt(Arrays.stream(x[0]).map(v -> v * v).sum())}));
            cases.add(OpCase.of("addcmul(Variable,Variable,Variable,float)", "").normal(s).normal(s).normal(s)
                    .op(in -> F.addcmul(in.var(0), in.var(1), in.var(2), -0.75f))
                    .reference(x -> Reference.add(x[0], Reference.mul(x[1], x[2]), -0.75)));
            cases.add(OpCase.of("addcdiv(Variable,Variable,Variable,float)", "").normal(s).normal(s)
                    .input(OpCase.Kind.VARIABLE, Shape.of(s), PointwiseCases::fromHalfToTwo)
                    .op(in -> F.addcdiv(in.var(0), in.var(1), in.var(2), 1.5f))
                    .reference(x -> Reference.add(x[0], Reference.mul(x[1], Reference.map(x[2], v -> 1 / v)), 1.5)));
        }
        for (int n : new int[] {1, 7, 33, 1025, 5000}) {
            cases.add(OpCase.of("dot(Variable,Variable)", "").input(OpCase.Kind.VARIABLE, Shape.of(n), PointwiseCases::fromHalfToTwo).normal(n)
                    .op(in -> F.dot(in.var(0), in.var(1))).floor(Math.sqrt(n)).reference(x -> new double[] {Arrays.stream(Reference.mul(x[0], x[1])).sum()}));
        }
    }

    private static OpCase positive(String method, String note, int[] shape) {
        return OpCase.of(method, note).input(OpCase.Kind.VARIABLE, Shape.of(shape), PointwiseCases::fromHalfToTwo);
    }

    /** From 0.5 to 2, where logarithms, powers and quotients are tame. */
    private static double[] fromHalfToTwo(Random random, int n) {
        return random.doubles(n, 0.5, 2).toArray();
    }

    private static OpCase unary(String name, int[] shape, UnaryOperator<Variable> op, DoubleUnaryOperator formula) {
        return OpCase.of(name + "(Variable)", "").input(OpCase.Kind.VARIABLE, Shape.of(shape), PointwiseCases::wide).op(in -> op.apply(in.var(0)))
                .cost(20L * Shape.of(shape).elements()).reference(x -> Reference.map(x[0], formula));
    }

    private static OpCase dropout(float p, int... shape) {
        return OpCase.of("dropout(Variable,float,RandomState)", "p=" + p).normal(shape).op(in -> F.dropout(in.var(0), p, in.random()))
                .draws((device, random) -> dropoutFactors(device, random, p, shape)).reference((x, factors) -> Reference.mul(x[0], factors));
    }

    /** The op on ones: kept ones become 1/(1-p). */
    private static double[] dropoutFactors(Device device, RandomState random, float p, int... shape) {
        float[] ones = new float[Shape.of(shape).elements()];
        Arrays.fill(ones, 1f);
        float[] y = F.dropout(Variable.constant(Tensor.of(device, Shape.of(shape), ones)), p, random).data().toFloats();
        double[] factors = new double[y.length];
        for (int i = 0; i < y.length; i++) {
            factors[i] = y[i] == 0f ? 0 : 1 / (1 - (double) p);
        }
        return factors;
    }

    private static void casts(List<OpCase> cases) {
        for (int[] shape : SHAPES) {
            cases.add(OpCase.of("cast(Variable,DType)", "to F16").normal(shape).roundsToHalf().op(in -> F.cast(in.var(0), DType.F16))
                    .reference(x -> x[0].clone()));
            cases.add(OpCase.of("cast(Variable,DType)", "to F32").normal(shape).op(in -> F.cast(in.var(0), DType.F32))
                    .reference(x -> x[0].clone()));
        }
    }

    /** N(0, 2^2), which reaches the flat ends of GELU and tanh. */
    private static double[] wide(Random random, int n) {
        return Reference.map(OpCase.normal(random, n), v -> 2 * v);
    }

    /** No element is so near to 0, where relu has no derivative, that a finite difference would cross it. */
    private static double[] awayFromZero(Random random, int n) {
        return Reference.map(OpCase.normal(random, n), v -> v + Math.copySign(0.01, v));
    }
}
