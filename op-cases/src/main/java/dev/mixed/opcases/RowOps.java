// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.FLOAT;
import static dev.mixed.opcases.Draw.floats;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.Draw.offCentre;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.reduce.SumRows;
import java.util.List;

/** Ops that normalize the last dim: softmax and layer norm. */
final class RowOps {
    /** Rows of one element, and rows that no tile divides. */
    static final int[][] ROWS = {{1}, {7}, {1, 1}, {5, 1}, {1, 13}, {3, 7}, {3, 17}, {2, 3, 17}, {33, 65}, {131, 257}};
    /** Rows for a GPU: few and short ones, BERT's width, BERT's whole batch. */
    static final int[][] ON_GPU = {{5, 7}, {207, 768}, {8192, 768}};

    private RowOps() {
    }

    static List<OpSpec> all() {
        return List.of(softmax(), logSoftmax(), layerNorm());
    }

    private static OpSpec softmax() {
        return op("softmax(Variable)", "softmax", FLOAT)
                .call(in -> F.softmax(in.var(0)))
                .reference(x -> Reference.softmax(x.get(0), x.last(0)))
                .torch("torch.softmax(a, -1)")
                .costPerElement(20)
                .floor(0.1)
                .each(ROWS, s -> inputs(normal(s)))
                .onGpu(ON_GPU, s -> inputs(normal(s)))
                .approximateOnGpu();
    }

    private static OpSpec logSoftmax() {
        return op("logSoftmax(Variable)", "log_softmax", FLOAT)
                .call(in -> F.logSoftmax(in.var(0)))
                .reference(x -> Reference.logSoftmax(x.get(0), x.last(0)))
                .torch("torch.log_softmax(a, -1)")
                .costPerElement(20)
                .floor(0.1)
                .each(ROWS, s -> inputs(normal(s)))
                .onGpu(ON_GPU, s -> inputs(normal(s)))
                .approximateOnGpu();
    }

    private static OpSpec layerNorm() {
        OpSpec layerNorm = op("layerNorm(Variable,Variable,Variable,float)", "layer_norm", FLOAT)
                // A lone element is its own mean, and the gradient a difference of equal terms, times 1/sqrt(eps).
                .each(ROWS, s -> layerNorm(normal(s), s[s.length - 1] == 1 ? 1e-2f : 1e-12f).floor(0.1))
                .each(ROWS, s -> layerNorm(offCentre(s), 0.1f).floor(0.5).note("off centre"));
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int[] s : ON_GPU) {
                layerNorm.kernels(kernels(dtype, s[0], s[1]));
            }
        }
        return layerNorm.selfCheck(kernels(DType.F16, 24, 64));
    }

    private static OpCase layerNorm(Input x, float eps) {
        int n = x.shape().dim(x.shape().rank() - 1);
        return inputs(x, floats(n), floats(n))
                .call(in -> F.layerNorm(in.var(0), in.var(1), in.var(2), eps))
                .reference(in -> Reference.layerNorm(in.get(0), in.get(1), in.get(2), eps))
                .torch("torch.layer_norm(a, [" + n + "], b, c, " + eps + ")");
    }

    /** The result, what the backward pass keeps, and all gradients, gamma's added to what is there. */
    private static GpuCase kernels(DType dtype, int rows, int n) {
        return new GpuCase("layer_norm " + dtype + " " + Shape.of(rows, n), GpuCase.tolerance(dtype), in -> {
            Tensor x = in.normal(dtype, rows, n);
            Tensor gamma = in.normal(DType.F32, n);
            Tensor beta = in.normal(DType.F32, n);
            LayerNorm.Result y = LayerNorm.forward(x, gamma, beta, 1e-12f);
            Tensor dy = in.normal(dtype, rows, n);
            Tensor dgamma = in.normal(DType.F32, n);
            Tensor dbeta = in.normal(DType.F32, n);
            Tensor dx = LayerNorm.backward(x, gamma, y, dy);
            LayerNorm.backwardGammaInto(dgamma, x, y, dy, true);
            SumRows.into(dbeta, dy, false);
            return List.of(y.y(), y.mean(), y.rstd(), dx, dgamma, dbeta, LayerNorm.forwardAgain(x, gamma, beta, y));
        });
    }
}
