// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FLOAT;
import static dev.mixed.amp.OpRule.FOLLOWS;
import static dev.mixed.amp.OpRule.WIDEST;
import static dev.mixed.opcases.Draw.distinct;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.Draw.positive;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.ops.reduce.PairwiseSum;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/** Sums, means, maxima, norms and the dot product: ops that leave one number, or one for each row. */
final class ReductionOps {
    /** Shapes of which one number is left. */
    private static final int[][] WHOLE = {{}, {1}, {13}, {3, 17}, {2, 3, 7}, {33, 65}, {1025}, {5, 1023}};
    private static final int[][] ON_GPU = {{5, 7}, {207, 768}};
    /** Sums of numbers of either sign: errors are relative to the size of the terms. */
    private static final double SUM_FLOOR = 0.05;
    private static final double SUM_ON_GPU = 1e-4;

    /** A shape and the dims of it to reduce: one at either end, within, neighbours, apart, all, none. */
    private static final int[][][] DIMS = {
        {{7}, {0}}, {{3, 17}, {0}}, {{3, 17}, {-1}}, {{3, 17}, {1, 0}}, {{2, 3, 7}, {1}}, {{2, 3, 7}, {0, 2}}, {{2, 3, 7}, {1, 2}}, {{5, 1, 3}, {1}},
        {{2, 3, 5, 7}, {0, 2}}, {{2, 3, 5, 7}, {-1, 1}}, {{131, 7}, {0}}, {{2, 3, 7}, {}}, {{}, {0}}, {{}, {}}};
    private static final int[][] DIMS_ON_GPU = {{5, 7, 3}, {16, 207, 64}};

    private ReductionOps() {
    }

    static List<OpSpec> all() {
        return List.of(sum(), mean(), max(), sumLast(), meanLast(), maxLast(), sumDims(), meanDims(), maxDims(), norm(), dot());
    }

    private static OpSpec sum() {
        OpSpec sum = op("sum(Variable)", "sum", FLOAT)
                .call(in -> F.sum(in.var(0)))
                .reference(x -> Reference.sums(x.get(0), x.get(0).length, 1))
                .torch("torch.sum(a, dtype=6)")
                .floor(SUM_FLOOR)
                .each(WHOLE, s -> inputs(normal(s)))
                .onGpu(ON_GPU, s -> inputs(normal(s)))
                .gpuTolerance(SUM_ON_GPU);
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            sum.kernels(new GpuCase("pairwise sum " + dtype, GpuCase.HALF, in -> List.of(PairwiseSum.of(in.uniform(dtype, 0, 1, 256)))));
        }
        return sum;
    }

    private static OpSpec mean() {
        return op("mean(Variable)", "mean", FOLLOWS)
                .call(in -> F.mean(in.var(0)))
                .reference(x -> Reference.sums(x.get(0), x.get(0).length, 1.0 / x.get(0).length))
                .torch("torch.mean(a, dtype=6)")
                .floor(SUM_FLOOR)
                .each(WHOLE, s -> inputs(normal(s)))
                .onGpu(ON_GPU, s -> inputs(normal(s)))
                .gpuTolerance(SUM_ON_GPU);
    }

    private static OpSpec max() {
        return op("max(Variable)", "max", FOLLOWS)
                .call(in -> F.max(in.var(0)))
                .reference(x -> Reference.maxima(x.get(0), x.get(0).length))
                .torch("torch.to(torch.max(a), 6)")
                .notSmooth()
                .each(WHOLE, s -> inputs(distinct(Shape.of(s).elements(), s)))
                .onGpu(ON_GPU, s -> inputs(normal(s)))
                .gpuTolerance(SUM_ON_GPU);
    }

    private static OpSpec sumLast() {
        return op("sumLast(Variable)", "sum", FLOAT)
                .call(in -> F.sumLast(in.var(0)))
                .reference(x -> Reference.sums(x.get(0), x.last(0), 1))
                .torch("torch.sum(a, [-1], dtype=6)")
                .floor(SUM_FLOOR)
                .each(RowOps.ROWS, s -> inputs(normal(s)))
                .with(inputs(normal(3, 2049)))
                .onGpu(ON_GPU, s -> inputs(normal(s)))
                .gpuTolerance(SUM_ON_GPU);
    }

    private static OpSpec meanLast() {
        return op("meanLast(Variable)", "mean", FOLLOWS)
                .call(in -> F.meanLast(in.var(0)))
                .reference(x -> Reference.sums(x.get(0), x.last(0), 1.0 / x.last(0)))
                .torch("torch.mean(a, [-1], dtype=6)")
                .floor(SUM_FLOOR)
                .each(RowOps.ROWS, s -> inputs(normal(s)))
                .onGpu(ON_GPU, s -> inputs(normal(s)))
                .gpuTolerance(SUM_ON_GPU);
    }

    private static OpSpec maxLast() {
        return op("maxLast(Variable)", "max", FOLLOWS)
                .call(in -> F.maxLast(in.var(0)))
                .reference(x -> Reference.maxima(x.get(0), x.last(0)))
                .torch("torch.to(torch.amax(a, [-1]), 6)")
                .notSmooth()
                .each(RowOps.ROWS, s -> inputs(distinct(s[s.length - 1], s)))
                .onGpu(ON_GPU, s -> inputs(normal(s)))
                .gpuTolerance(SUM_ON_GPU);
    }

    private static OpSpec sumDims() {
        return overDims(op("sum(Variable,int[],boolean)", "sum", FLOAT).floor(SUM_FLOOR), false, "torch.sum(a, %s, %s, dtype=6)", F::sum,
                (x, i) -> Reference.sumDims(x.get(0), x.shapes().get(0), DIMS[i][1]));
    }

    private static OpSpec meanDims() {
        return overDims(op("mean(Variable,int[],boolean)", "mean", FOLLOWS).floor(SUM_FLOOR), false, "torch.mean(a, %s, %s, dtype=6)", F::mean,
                (x, i) -> {
                    double[] sums = Reference.sumDims(x.get(0), x.shapes().get(0), DIMS[i][1]);
                    return Reference.map(sums, v -> v * sums.length / x.get(0).length);
                });
    }

    private static OpSpec maxDims() {
        return overDims(op("max(Variable,int[],boolean)", "max", FOLLOWS).notSmooth(), true, "torch.to(torch.amax(a, %s, %s), 6)", F::max,
                (x, i) -> Reference.maxDims(x.get(0), x.shapes().get(0), DIMS[i][1]));
    }

    /** An op of {@code F} that reduces dims. */
    @FunctionalInterface
    private interface OverDims {
        Variable apply(Variable x, int[] dims, boolean keepdim);
    }

    private static OpSpec overDims(OpSpec op, boolean distinct, String torch, OverDims call, BiFunction<ReferenceInputs, Integer, double[]> reference) {
        op.gpuTolerance(SUM_ON_GPU);
        for (int i = 0; i < DIMS.length; i++) {
            int of = i;
            int[] shape = DIMS[i][0];
            int[] dims = DIMS[i][1];
            for (boolean keepdim : new boolean[] {false, true}) {
                // PyTorch takes no list without a type where it is empty.
                String listed = dims.length == 0 ? "annotate(List[int], [])" : Arrays.toString(dims);
                op.with(inputs(distinct ? distinct(Shape.of(shape).elements(), shape) : normal(shape))
                        .note("over " + Arrays.toString(dims) + (keepdim ? " kept" : "")).call(in -> call.apply(in.var(0), dims, keepdim))
                        .reference(x -> reference.apply(x, of)).torch(torch.formatted(listed, keepdim ? "True" : "False")));
            }
        }
        return op.onGpu(DIMS_ON_GPU, s -> inputs(normal(s)).call(in -> call.apply(in.var(0), new int[] {0, 2}, false))
                .reference(x -> x.get(0)).torch("a"));
    }

    private static OpSpec norm() {
        return op("norm(Variable)", "norm", FLOAT)
                .call(in -> F.norm(in.var(0)))
                .reference(x -> new double[] {Math.sqrt(Arrays.stream(x.get(0)).map(v -> v * v).sum())})
                .torch("torch.linalg_vector_norm(a, dtype=6)")
                .each(ElementwiseOps.SHAPES, s -> inputs(normal(s)))
                .gpuTolerance(GpuCase.APPROXIMATE);
    }

    private static OpSpec dot() {
        OpSpec dot = op("dot(Variable,Variable)", "dot", WIDEST)
                .call(in -> F.dot(in.var(0), in.var(1)))
                .reference(x -> new double[] {Arrays.stream(Reference.mul(x.get(0), x.get(1))).sum()})
                .torch("torch.dot(a, b)")
                .torchInFloatAlone()
                .gpuTolerance(SUM_ON_GPU);
        for (int n : new int[] {1, 7, 33, 1025, 5000}) {
            dot.with(inputs(positive(n), normal(n)).floor(Math.sqrt(n)));
        }
        return dot;
    }
}
