// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FOLLOWS;
import static dev.mixed.amp.OpRule.WIDEST;
import static dev.mixed.opcases.Draw.constant;
import static dev.mixed.opcases.Draw.floats;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.Draw.positive;
import static dev.mixed.opcases.Draw.uniform;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.List;
import java.util.function.DoubleBinaryOperator;

/** Arithmetic, element by element: sums, differences, products, quotients and casts. */
final class ElementwiseOps {
    /** Sizes of 1, sizes that no tile divides, and one that is split among threads. */
    static final int[][] SHAPES = {{}, {1}, {7}, {1, 1}, {3, 17}, {2, 1, 13}, {33, 65}, {129, 257}};
    /** Sizes for a GPU: fewer elements than a block has threads, more than a grid, and one that BERT has. */
    static final int[][] FLAT = {{1}, {13}, {4098}, {16 * 64 * 768}};
    /** Sizes for a GPU of ops that BERT does not spend its time in. */
    static final int[][] SMALL = {{1}, {207}, {4098}};
    /** Pairs of a shape and a suffix of it. */
    private static final int[][][] BROADCAST = {
        {{1}, {}}, {{3, 7}, {}}, {{1, 5}, {5}}, {{5, 1}, {1}}, {{7, 13}, {13}}, {{2, 3, 17}, {3, 17}}, {{2, 3, 17}, {17}}, {{65, 33}, {33}},
        {{131, 257}, {257}}, {{3, 11, 1025}, {11, 1025}}, {{7, 5, 13}, {5, 13}}};
    /** Pairs of shapes neither of which ends in the other, and suffixes on the left. */
    private static final int[][][] CROSSED = {
        {{}, {7}}, {{13}, {7, 13}}, {{5, 1}, {1, 7}}, {{3, 1}, {3, 7}}, {{3, 7}, {3, 1}}, {{1}, {1, 1}}, {{2, 1, 5}, {3, 1}}, {{2, 3, 1, 5}, {3, 7, 1}},
        {{4, 1, 3, 1}, {1, 2, 1, 5}}, {{2, 1, 1, 3, 1, 2}, {5, 1, 1, 7, 1}}, {{33, 1}, {1, 65}}};
    /** Rows for a GPU. */
    private static final int[][] ROWS = {{5, 7}, {207, 768}, {8192, 768}};

    private ElementwiseOps() {
    }

    static List<OpSpec> all() {
        return List.of(add(), sub(), mul(), div(), scale(), scaleByTensor(), addcmul(), addcdiv(), cast());
    }

    private static OpSpec add() {
        OpSpec add = op("add(Variable,Variable)", "add", FOLLOWS)
                .call(in -> F.add(in.var(0), in.var(1)))
                .reference(x -> Reference.add(x.get(0), x.get(1), 1))
                .torch("torch.add(a, b)")
                .each(SHAPES, s -> inputs(normal(s), normal(s)))
                .with(inputs(normal(7, 13), floats(13)).note("with an F32 bias"))
                .with(inputs(normal(3, 7)).note("twice the same").call(in -> F.add(in.var(0), in.var(0)))
                        .reference(x -> Reference.add(x.get(0), x.get(0), 1)).torch("torch.add(a, a)"))
                .onGpu(FLAT, s -> inputs(normal(s), normal(s)));
        for (int[][] s : BROADCAST) {
            add.with(inputs(normal(s[0]), normal(s[1])));
        }
        crossed(add, Double::sum);
        for (int[] s : FLAT) {
            add.kernels(addInto(DType.F32, DType.F32, s[0])).kernels(addInto(DType.F16, DType.F16, s[0])).kernels(addInto(DType.F32, DType.F16, s[0]));
        }
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int[] s : ROWS) {
                add.kernels(broadcast(dtype, s[0], s[1]));
            }
        }
        return add;
    }

    private static OpSpec sub() {
        OpSpec sub = op("sub(Variable,Variable)", "sub", FOLLOWS)
                .call(in -> F.sub(in.var(0), in.var(1)))
                .reference(x -> Reference.add(x.get(0), x.get(1), -1))
                .torch("torch.sub(a, b)")
                .each(SHAPES, s -> inputs(normal(s), normal(s)))
                .with(inputs(normal(3, 7)).note("twice the same").call(in -> F.sub(in.var(0), in.var(0)))
                        .reference(x -> Reference.add(x.get(0), x.get(0), -1)).torch("torch.sub(a, a)"))
                .onGpu(FLAT, s -> inputs(normal(s), normal(s)));
        for (int[][] s : BROADCAST) {
            sub.with(inputs(normal(s[0]), normal(s[1])));
        }
        return crossed(sub, (a, b) -> a - b);
    }

    private static OpSpec mul() {
        OpSpec mul = op("mul(Variable,Variable)", "mul", FOLLOWS)
                .call(in -> F.mul(in.var(0), in.var(1)))
                .reference(x -> Reference.mul(x.get(0), x.get(1)))
                .torch("torch.mul(a, b)")
                .each(SHAPES, s -> inputs(normal(s), normal(s)))
                .with(inputs(normal(7, 13), floats(13)).note("with an F32 factor"))
                .with(inputs(normal(3, 7)).note("twice the same").call(in -> F.mul(in.var(0), in.var(0)))
                        .reference(x -> Reference.mul(x.get(0), x.get(0))).torch("torch.mul(a, a)"))
                .onGpu(FLAT, s -> inputs(normal(s), normal(s)));
        for (int[][] s : BROADCAST) {
            mul.with(inputs(normal(s[0]), normal(s[1])));
        }
        return crossed(mul, (a, b) -> a * b);
    }

    @SuppressWarnings("IdentityBinaryExpression") // one case divides a variable by itself
    private static OpSpec div() {
        OpSpec div = op("div(Variable,Variable)", "div", FOLLOWS)
                .call(in -> F.div(in.var(0), in.var(1)))
                .reference(x -> Reference.broadcast(x, (a, b) -> a / b))
                .torch("torch.div(a, b)")
                .costPerElement(4)
                .each(SHAPES, s -> inputs(normal(s), positive(s)))
                .with(inputs(positive(3, 7)).note("by itself").floor(1).call(in -> F.div(in.var(0), in.var(0)))
                        .reference(x -> Reference.map(x.get(0), v -> v / v)).torch("torch.div(a, a)"))
                .onGpu(FLAT, s -> inputs(normal(s), positive(s)));
        for (int[][] s : BROADCAST) {
            div.with(inputs(normal(s[0]), positive(s[1])).floor(0.5));
        }
        return crossed(div, (a, b) -> a / b);
    }

    private static OpSpec scale() {
        return op("scale(Variable,float)", "mul", FOLLOWS)
                .call(in -> F.scale(in.var(0), -1.75f))
                .reference(x -> Reference.map(x.get(0), v -> v * -1.75))
                .torch("torch.mul(a, -1.75)")
                .each(SHAPES, s -> inputs(normal(s)))
                .onGpu(FLAT, s -> inputs(normal(s)).call(in -> F.scale(in.var(0), 0.3f)));
    }

    private static OpSpec scaleByTensor() {
        OpSpec scale = op("scale(Variable,Tensor)", "mul", FOLLOWS)
                .call(in -> F.scale(in.var(0), in.tensor(1)))
                .reference(x -> Reference.mul(x.get(0), x.get(1)))
                .torch("torch.mul(a, b)")
                .each(SHAPES, s -> inputs(normal(s), constant(1)).note("by a tensor"));
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int[] s : FLAT) {
                scale.kernels(new GpuCase("scale_by " + dtype + " [" + s[0] + "]", GpuCase.tolerance(dtype), in -> {
                    Tensor x = in.normal(dtype, s);
                    Tensor y = Elementwise.scaleBy(x, in.scalar(0.7f));
                    Elementwise.scaleInPlace(x, in.scalar(-2f));
                    return List.of(x, y);
                }));
            }
        }
        return scale;
    }

    private static OpSpec addcmul() {
        return op("addcmul(Variable,Variable,Variable,float)", "addcmul", WIDEST)
                .call(in -> F.addcmul(in.var(0), in.var(1), in.var(2), -0.75f))
                .reference(x -> Reference.add(x.get(0), Reference.mul(x.get(1), x.get(2)), -0.75))
                .torch("torch.addcmul(a, b, c, value=-0.75)")
                .each(SHAPES, s -> inputs(normal(s), normal(s), normal(s)))
                .onGpu(SMALL, s -> inputs(uniform(0.1, 3, s), normal(s), uniform(0.5, 2, s)).call(in -> F.addcmul(in.var(0), in.var(1), in.var(2), 0.5f)))
                .approximateOnGpu();
    }

    private static OpSpec addcdiv() {
        return op("addcdiv(Variable,Variable,Variable,float)", "addcdiv", WIDEST)
                .call(in -> F.addcdiv(in.var(0), in.var(1), in.var(2), 1.5f))
                .reference(x -> Reference.add(x.get(0), Reference.mul(x.get(1), Reference.map(x.get(2), v -> 1 / v)), 1.5))
                .torch("torch.addcdiv(a, b, c, value=1.5)")
                .each(SHAPES, s -> inputs(normal(s), normal(s), positive(s)))
                .onGpu(SMALL, s -> inputs(uniform(0.1, 3, s), normal(s), uniform(0.5, 2, s)).call(in -> F.addcdiv(in.var(0), in.var(1), in.var(2), 0.5f)))
                .approximateOnGpu();
    }

    private static OpSpec cast() {
        return OpSpec.unseenByAutocast("cast(Variable,DType)")
                .reference(x -> x.get(0).clone())
                .notSmooth()
                .each(SHAPES, s -> inputs(normal(s)).note("to F16").call(in -> F.cast(in.var(0), DType.F16)).torch("torch.to(a, 5)").roundsToHalf())
                .each(SHAPES, s -> inputs(normal(s)).note("to F32").call(in -> F.cast(in.var(0), DType.F32)).torch("torch.to(a, 6)"))
                .onGpu(FLAT, s -> inputs(normal(s)).torch("torch.to(a, 5)")
                        .call(in -> F.cast(in.var(0), in.tensor(0).dtype() == DType.F32 ? DType.F16 : DType.F32)))
                .gpuTolerance(0);
    }

    /** Adds cases of broadcasting where neither shape ends in the other; b stays away from 0. */
    private static OpSpec crossed(OpSpec op, DoubleBinaryOperator reference) {
        for (int[][] s : CROSSED) {
            op.with(crossed(reference, s[0], s[1]));
        }
        return op.onGpu(new int[][] {{207, 65}}, s -> crossed(reference, new int[] {s[0], 1}, new int[] {1, s[1]}))
                .onGpu(new int[][] {{4, 5, 33}}, s -> crossed(reference, s, new int[] {s[1], 1}));
    }

    private static OpCase crossed(DoubleBinaryOperator reference, int[] a, int[] b) {
        return inputs(normal(a), positive(b)).reference(x -> Reference.broadcast(x, reference)).floor(0.1);
    }

    private static GpuCase addInto(DType to, DType from, int n) {
        String name = to == from ? "add_into " + from : "add_into " + to + " += " + from;
        return new GpuCase(name + " [" + n + "]", GpuCase.tolerance(from), in -> {
            Tensor y = in.normal(to, n);
            Elementwise.addInto(y, in.normal(from, n));
            return List.of(y);
        });
    }

    private static GpuCase broadcast(DType dtype, int rows, int n) {
        return new GpuCase("broadcast " + dtype + " " + Shape.of(rows, n), GpuCase.tolerance(dtype), in -> {
            Tensor x = in.normal(dtype, rows, n);
            Tensor b = in.normal(DType.F32, n);
            Tensor sum = Broadcast.add(x, b);
            Tensor product = Broadcast.mul(x, b);
            Broadcast.addInto(x, in.normal(dtype, n));
            Tensor y = in.normal(dtype, rows, n);
            Broadcast.addInto(y, in.normal(DType.F32, n));
            return List.of(sum, product, x, y);
        });
    }
}
