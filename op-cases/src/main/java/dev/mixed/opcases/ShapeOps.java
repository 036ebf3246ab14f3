package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FOLLOWS;
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

/** Ops that move elements and change none. */
final class ShapeOps {
    private static final int[][] PERMUTED = {
        {1}, {7}, {1, 1}, {3, 7}, {13, 1}, {2, 3, 7}, {2, 3, 7}, {1, 5, 1}, {2, 3, 5, 7}, {2, 3, 5, 7}, {3, 1, 13, 1}, {5, 17, 3, 33}};
    private static final int[][] AXES = {
        {0}, {0}, {1, 0}, {1, 0}, {0, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}, {0, 2, 1, 3}, {3, 1, 0, 2}, {1, 3, 2, 0}, {0, 2, 1, 3}};
    private static final int[][] RESHAPED = {{}, {1}, {6}, {2, 3, 7}, {33, 65}};
    private static final int[][] TARGETS = {{1, 1}, {}, {3, 2}, {14, 3}, {65, 33}};
    private static final int[][] SEQUENCES = {{1, 1, 1}, {1, 7, 3}, {3, 1, 13}, {7, 3, 1}, {5, 17, 33}, {3, 65, 257}};

    private ShapeOps() {
    }

    static List<OpSpec> all() {
        return List.of(permute(), reshape(), selectFirst());
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
}
