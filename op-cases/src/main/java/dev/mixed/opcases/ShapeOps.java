// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FOLLOWS;
import static dev.mixed.amp.OpRule.WIDEST;
import static dev.mixed.opcases.Draw.ids;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.shape.Permute;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Ops that move elements and change none. */
final class ShapeOps {
    private static final int[][] PERMUTED = {
        {1}, {7}, {1, 1}, {3, 7}, {13, 1}, {2, 3, 7}, {2, 3, 7}, {1, 5, 1}, {2, 3, 5, 7}, {2, 3, 5, 7}, {3, 1, 13, 1}, {5, 17, 3, 33}};
    private static final int[][] AXES = {
        {0}, {0}, {1, 0}, {1, 0}, {0, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}, {0, 2, 1, 3}, {3, 1, 0, 2}, {1, 3, 2, 0}, {0, 2, 1, 3}};
    private static final int[][] RESHAPED = {{}, {1}, {6}, {2, 3, 7}, {33, 65}};
    private static final int[][] TARGETS = {{1, 1}, {}, {3, 2}, {14, 3}, {65, 33}};
    private static final int[][] SEQUENCES = {{1, 1, 1}, {1, 7, 3}, {3, 1, 13}, {7, 3, 1}, {5, 17, 33}, {3, 65, 257}};

    /** A shape, and the dim, start and end of a slice of it. */
    private static final int[][][] SLICES = {
        {{7}, {0, 0, 7}}, {{7}, {0, 2, 3}}, {{3, 17}, {1, 0, 5}}, {{3, 17}, {0, 1, 3}}, {{3, 17}, {-1, -4, 100}}, {{2, 5, 7}, {1, -100, -2}},
        {{2, 3, 5, 7}, {-2, 1, 4}}, {{33, 65}, {1, 64, 65}}};
    /** Shapes that are put end to end along the dim that comes last. */
    private static final int[][][] ENDS = {
        {{7}, {0}}, {{1}, {3}, {0}}, {{3, 5}, {1, 5}, {2, 5}, {0}}, {{3, 5}, {3, 1}, {-1}}, {{2, 3, 7}, {2, 4, 7}, {1}}, {{2, 3, 5, 7}, {2, 3, 1, 7}, {-2}},
        {{65, 33}, {65, 1}, {65, 17}, {65, 2}, {1}}};

    /** Shapes of a tensor and of an index, and the dim: indices that repeat, smaller and larger ones. */
    private static final int[][][] GATHERED = {
        {{7}, {1}, {0}}, {{3}, {17}, {0}}, {{3, 17}, {3, 1}, {1}}, {{3, 17}, {5, 17}, {0}}, {{3, 17}, {2, 4}, {-1}}, {{2, 3, 7}, {2, 9, 7}, {1}},
        {{2, 3, 7}, {1, 3, 5}, {-2}}, {{65, 33}, {65, 129}, {1}}};

    private ShapeOps() {
    }

    static List<OpSpec> all() {
        return List.of(permute(), reshape(), selectFirst(), slice(), cat(), gather());
    }

    private static OpSpec permute() {
        OpSpec permute = op("permute(Variable,int[])", "permute", FOLLOWS)
                .onGpu(new int[][] {{5, 7}, {207, 768}}, s -> permute(s, 1, 0))
                .onGpu(new int[][] {{2, 5, 3, 7}, {2, 207, 3, 768}}, s -> permute(s, 0, 2, 1, 3))
                .gpuTolerance(0);
        for (int i = 0; i < PERMUTED.length; i++) {
            permute.with(permute(PERMUTED[i], AXES[i]));
        }
        for (int rows : new int[] {1, 13, 128}) {
            permute.kernels(new GpuCase("ints [" + rows + ", 5]", 0, in -> {
                Tensor x = in.ints(1000, rows, 5);
                return List.of(Cast.to(Elementwise.copy(x), DType.F32), Cast.to(Permute.permute(x, 1, 0), DType.F32));
            }));
        }
        return permute;
    }

    private static OpCase permute(int[] dims, int... axes) {
        return inputs(normal(dims)).note(Arrays.toString(axes)).call(in -> F.permute(in.var(0), axes))
                .reference(x -> Reference.permute(x.get(0), dims, axes)).torch("torch.permute(a, " + Arrays.toString(axes) + ")");
    }

    private static OpSpec reshape() {
        OpSpec reshape = op("reshape(Variable,int[])", "reshape", FOLLOWS).reference(x -> x.get(0).clone()).gpuTolerance(0);
        for (int i = 0; i < RESHAPED.length; i++) {
            int[] target = TARGETS[i];
            reshape.with(inputs(normal(RESHAPED[i])).note("to " + Shape.of(target)).call(in -> F.reshape(in.var(0), target))
                    .torch("torch.reshape(a, " + (target.length == 0 ? "annotate(List[int], [])" : Arrays.toString(target)) + ")"));
        }
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int[] s : ElementwiseOps.FLAT) {
                reshape.kernels(new GpuCase("copy " + dtype + " [" + s[0] + "]", 0, in -> List.of(Elementwise.copy(in.normal(dtype, s)))));
                reshape.kernels(new GpuCase("fill " + dtype + " [" + s[0] + "]", 0, in -> List.of(Elementwise.fill(in.device(), Shape.of(s), dtype, 1.5f))));
            }
        }
        return reshape;
    }

    private static OpSpec selectFirst() {
        return op("selectFirst(Variable)", "select", FOLLOWS)
                .call(in -> F.selectFirst(in.var(0)))
                .reference(x -> Reference.selectFirst(x.get(0), x.dim(0, 0), x.dim(0, 1), x.dim(0, 2)))
                .torch("torch.select(a, 1, 0)")
                .each(SEQUENCES, s -> inputs(normal(s)))
                .onGpu(RowOps.ON_GPU, s -> inputs(normal(s[0], 3, s[1])))
                .gpuTolerance(0);
    }

    private static OpSpec slice() {
        OpSpec slice = op("slice(Variable,int,int,int)", "slice", FOLLOWS)
                .onGpu(RowOps.ON_GPU, s -> slice(s, 0, 1, -1))
                .onGpu(new int[][] {{2, 207, 3, 64}}, s -> slice(s, 1, 5, 107))
                .gpuTolerance(0);
        for (int[][] s : SLICES) {
            slice.with(slice(s[0], s[1]));
        }
        return slice;
    }

    private static OpCase slice(int[] shape, int... at) {
        return inputs(normal(shape)).note(Arrays.toString(at)).call(in -> F.slice(in.var(0), at[0], at[1], at[2]))
                .reference(x -> Reference.slice(x.get(0), shape, Math.floorMod(at[0], shape.length), at[1], at[2]))
                .torch("torch.slice(a, " + at[0] + ", " + at[1] + ", " + at[2] + ")");
    }

    private static OpSpec cat() {
        OpSpec cat = op("cat(List,int)", "cat", WIDEST)
                .with(inputs(normal(3, 7)).note("twice the same").call(in -> F.cat(List.of(in.var(0), in.var(0)), 1))
                        .reference(x -> Reference.cat(List.of(x.get(0), x.get(0)), 3)).torch("torch.cat([a, a], 1)"))
                .onGpu(RowOps.ON_GPU, s -> cat(1, s, new int[] {s[0], 3}, s))
                .gpuTolerance(0);
        for (int[][] s : ENDS) {
            cat.with(cat(s[s.length - 1][0], Arrays.copyOf(s, s.length - 1)));
        }
        return cat;
    }

    private static OpCase cat(int dim, int[]... shapes) {
        int outer = Arrays.stream(shapes[0]).limit(Math.floorMod(dim, shapes[0].length)).reduce(1, (a, b) -> a * b);
        String names = IntStream.range(0, shapes.length).mapToObj(i -> String.valueOf((char) ('a' + i))).collect(Collectors.joining(", "));
        return inputs(Arrays.stream(shapes).map(Draw::normal).toArray(Input[]::new)).note("along " + dim)
                .call(in -> F.cat(IntStream.range(0, shapes.length).mapToObj(in::var).toList(), dim))
                .reference(x -> Reference.cat(List.of(x.values()), outer)).torch("torch.cat([" + names + "], " + dim + ")");
    }

    private static OpSpec gather() {
        OpSpec gather = op("gather(Variable,int,Tensor)", "gather", FOLLOWS)
                .onGpu(RowOps.ON_GPU, s -> gather(s, new int[] {s[0], 11}, 1))
                .onGpu(new int[][] {{13, 207, 64}}, s -> gather(s, new int[] {s[0], 300, s[2]}, 1));
        for (int[][] s : GATHERED) {
            gather.with(gather(s[0], s[1], s[2][0]));
        }
        return gather;
    }

    private static OpCase gather(int[] shape, int[] index, int dim) {
        int d = Math.floorMod(dim, shape.length);
        return inputs(normal(shape), ids(shape[d], index)).note("along " + dim).floor(0.1)
                .call(in -> F.gather(in.var(0), dim, in.tensor(1)))
                .reference(x -> Reference.gather(x.get(0), shape, d, x.get(1), index))
                .torch("torch.gather(a, " + dim + ", b)");
    }
}
