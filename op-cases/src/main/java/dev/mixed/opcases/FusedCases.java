// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.random.RandomState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/** Neighbours in a transformer that a GPU computes in one kernel, forward and backward. No single op reaches these kernels. */
final class FusedCases {
    /** Rows of x, in, out: awkward ones, and BERT's. */
    private static final int[][] SHAPES = {{13, 8, 24}, {207, 768, 768}};

    /** Rows of x, in, out of products that share x: the last one's rows are summed in parts. */
    private static final int[][] SHARED = {{13, 8, 24}, {207, 768, 768}, {2056, 64, 72}};

    private FusedCases() {
    }

    static List<GpuCase> all() {
        List<GpuCase> cases = new ArrayList<>();
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int[] s : SHAPES) {
                String shape = " " + dtype + " " + s[0] + " x " + s[2] + " x " + s[1];
                cases.add(GpuCase.recorded("linear and gelu" + shape, Math.max(GpuCase.tolerance(dtype), GpuCase.APPROXIMATE), in -> linearGelu(in, dtype, s)));
                cases.add(GpuCase.recorded("linear, gelu and linear" + shape, Math.max(GpuCase.tolerance(dtype), GpuCase.APPROXIMATE),
                        in -> feedForward(in, dtype, s, true)));
                cases.add(GpuCase.recorded("linear, gelu and linear without a bias" + shape, Math.max(GpuCase.tolerance(dtype), GpuCase.APPROXIMATE),
                        in -> feedForward(in, dtype, s, false)));
                cases.add(GpuCase.recorded("add and layer_norm" + shape, GpuCase.tolerance(dtype), in -> addLayerNorm(in, dtype, s, 0f)));
                cases.add(GpuCase.recorded("dropout, add and layer_norm" + shape, GpuCase.tolerance(dtype), in -> addLayerNorm(in, dtype, s, 0.1f)));
                cases.add(GpuCase.recorded("linear, add and layer_norm" + shape, GpuCase.tolerance(dtype), in -> sublayer(in, dtype, s, 0f)));
                cases.add(GpuCase.recorded("linear, dropout, add and layer_norm" + shape, GpuCase.tolerance(dtype), in -> sublayer(in, dtype, s, 0.1f)));
            }
            for (int[] s : SHARED) {
                String shape = " " + dtype + " " + s[0] + " x " + s[2] + " x " + s[1];
                for (int products = 2; products <= 3; products++) {
                    int count = products;
                    cases.add(
                            GpuCase.recorded(products + " linears of one input" + shape, GpuCase.tolerance(dtype), in -> linears(in, dtype, s, count, false)));
                    cases.add(GpuCase.recorded(products + " linears of one input that is added" + shape, GpuCase.tolerance(dtype),
                            in -> linears(in, dtype, s, count, true)));
                }
            }
        }
        return cases;
    }

    private static Supplier<List<Tensor>> linearGelu(GpuInputs in, DType dtype, int[] s) {
        Variable x = Variable.leaf(in.normal(dtype, s[0], s[1]));
        // Sums stay near 1, where gelu bends.
        Variable weight = Variable.leaf(in.normal(dtype, 1 / Math.sqrt(s[1]), s[2], s[1]));
        Variable bias = Variable.leaf(in.normal(dtype, s[2]));
        return withGradients(in.normal(dtype, s[0], s[2]), () -> F.gelu(F.linear(x, weight, bias)), x, weight, bias);
    }

    /** A transformer's feed-forward layers: the gradient of what is between them is wanted for GELU's gradient alone. */
    private static Supplier<List<Tensor>> feedForward(GpuInputs in, DType dtype, int[] s, boolean biased) {
        Variable x = Variable.leaf(in.normal(dtype, s[0], s[1]));
        Variable first = Variable.leaf(in.normal(dtype, 1 / Math.sqrt(s[1]), s[2], s[1]));
        Variable bias = Variable.leaf(in.normal(dtype, s[2]));
        Variable second = Variable.leaf(in.normal(dtype, 1 / Math.sqrt(s[2]), s[1], s[2]));
        Tensor dy = in.normal(dtype, s[0], s[1]);
        return biased ? withGradients(dy, () -> F.linear(F.gelu(F.linear(x, first, bias)), second, null), x, first, bias, second)
                : withGradients(dy, () -> F.linear(F.gelu(F.linear(x, first, null)), second, null), x, first, second);
    }

    private static Supplier<List<Tensor>> addLayerNorm(GpuInputs in, DType dtype, int[] s, float p) {
        Variable x = Variable.leaf(in.normal(dtype, s[0], s[1]));
        Variable residual = Variable.leaf(in.normal(dtype, s[0], s[1]));
        Variable gamma = Variable.leaf(in.normal(DType.F32, s[1]));
        Variable beta = Variable.leaf(in.normal(DType.F32, s[1]));
        RandomState random = new RandomState(in.device(), 7);
        return withGradients(in.normal(dtype, s[0], s[1]),
                () -> F.layerNorm(F.add(p == 0f ? x : F.dropout(x, p, random), residual), gamma, beta, 1e-12f), x, residual, gamma, beta);
    }

    /** What ends each of a transformer's sublayers. */
    private static Supplier<List<Tensor>> sublayer(GpuInputs in, DType dtype, int[] s, float p) {
        Variable x = Variable.leaf(in.normal(dtype, s[0], s[2]));
        Variable weight = Variable.leaf(in.normal(dtype, 1 / Math.sqrt(s[2]), s[1], s[2]));
        Variable bias = Variable.leaf(in.normal(dtype, s[1]));
        Variable residual = Variable.leaf(in.normal(dtype, s[0], s[1]));
        Variable gamma = Variable.leaf(in.normal(DType.F32, s[1]));
        Variable beta = Variable.leaf(in.normal(DType.F32, s[1]));
        RandomState random = new RandomState(in.device(), 7);
        return withGradients(in.normal(dtype, s[0], s[1]), () -> {
            Variable y = F.linear(x, weight, bias);
            return F.layerNorm(F.add(p == 0f ? y : F.dropout(y, p, random), residual), gamma, beta, 1e-12f);
        }, x, weight, bias, residual, gamma, beta);
    }

    /**
     * Queries, keys and values are of one input.
     *
     * @param added whether that goes elsewhere too, so that its gradient is something before products are added to it
     */
    private static Supplier<List<Tensor>> linears(GpuInputs in, DType dtype, int[] s, int products, boolean added) {
        Variable leaf = Variable.leaf(in.normal(dtype, s[0], s[1]));
        Variable scale = Variable.constant(in.normal(dtype, s[0], s[1]));
        Variable back = Variable.constant(in.normal(dtype, 1 / Math.sqrt(s[1]), s[2], s[1]));
        List<Variable> leaves = new ArrayList<>(List.of(leaf)), factors = new ArrayList<>();
        for (int i = 0; i < products; i++) {
            leaves.add(Variable.leaf(in.normal(dtype, 1 / Math.sqrt(s[1]), s[2], s[1])));
            leaves.add(Variable.leaf(in.normal(dtype, s[2])));
            // So that each has a gradient of its own.
            factors.add(Variable.constant(in.normal(dtype, s[0], s[2])));
        }
        return withGradients(in.normal(dtype, s[0], s[2]), () -> {
            // What is no leaf has a gradient of its own type.
            Variable x = F.mul(leaf, scale);
            List<Variable> ys = new ArrayList<>();
            for (int i = 0; i < products; i++) {
                ys.add(F.linear(x, leaves.get(1 + 2 * i), leaves.get(2 + 2 * i)));
            }
            Variable sum = F.mul(ys.getFirst(), factors.getFirst());
            for (int i = 1; i < products; i++) {
                sum = F.add(sum, F.mul(ys.get(i), factors.get(i)));
            }
            return added ? F.add(sum, F.linear(F.mul(x, scale), back, null)) : sum;
        }, leaves.toArray(new Variable[0]));
    }

    private static Supplier<List<Tensor>> withGradients(Tensor dy, Supplier<Variable> forward, Variable... leaves) {
        return () -> {
            Variable y = forward.get();
            y.backward(dy);
            List<Tensor> results = new ArrayList<>();
            results.add(y.data());
            Arrays.stream(leaves).map(Variable::grad).forEach(results::add);
            return results;
        };
    }
}
