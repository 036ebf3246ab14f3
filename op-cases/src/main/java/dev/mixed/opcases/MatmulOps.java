// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static dev.mixed.amp.OpRule.HALF;
import static dev.mixed.opcases.Draw.floats;
import static dev.mixed.opcases.Draw.normal;
import static dev.mixed.opcases.OpCase.inputs;
import static dev.mixed.opcases.OpSpec.op;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Matrix products: matmul and linear. */
final class MatmulOps {
    /** m, n, k. */
    private static final int[][] PRODUCTS = {
        {1, 1, 1}, {1, 7, 3}, {7, 1, 13}, {3, 13, 7}, {17, 33, 1}, {7, 13, 3}, {33, 17, 65}, {65, 67, 33}};
    /** m, n, k for a GPU: awkward ones, and those of BERT's layers and their gradients. */
    private static final int[][] PRODUCTS_ON_GPU = {
        {1, 1, 1}, {5, 7, 3}, {13, 1, 207}, {1, 768, 16}, {16, 1, 768}, {64, 64, 64}, {130, 66, 72}, {136, 200, 264}, {70, 1001, 129},
        {384, 768, 768}, {2048, 3072, 768}, {768, 768, 2048}, {512, 768, 3001}};
    /** rows of x, out, in. */
    private static final int[][] LINEAR = {{1, 1, 1}, {1, 3, 7}, {7, 1, 13}, {13, 17, 3}, {7, 13, 3}, {33, 17, 65}, {33, 65, 17}, {65, 33, 67}};
    private static final boolean[] EITHER = {false, true};

    private MatmulOps() {
    }

    static List<OpSpec> all() {
        return List.of(linear(), matmul(), transposingMatmul());
    }

    private static OpSpec matmul() {
        OpSpec matmul = op("matmul(Variable,Variable)", "matmul", HALF)
                .call(in -> F.matmul(in.var(0), in.var(1)))
                .torch("torch.matmul(a, b)");
        int[] none = {};
        for (int[] s : PRODUCTS) {
            matmul.with(product(none, s[0], s[1], s[2], false, false, false));
        }
        for (int[] s : new int[][] {{1, 1, 1}, {7, 13, 3}, {33, 17, 65}}) {
            matmul.with(product(new int[] {3}, s[0], s[1], s[2], false, false, true));
        }
        matmul.with(product(new int[] {2}, 7, 3, 13, false, false, true));
        matmul.with(inputs(normal(7, 7)).note("by itself").call(in -> F.matmul(in.var(0), in.var(0))).torch("torch.matmul(a, a)")
                .reference(x -> Reference.matmul(x.get(0), x.get(0), 1, 7, 7, 7, false, false, false)));
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            matmul.kernels(new GpuCase("matmul " + dtype + " batched", GpuCase.tolerance(dtype), in -> List.of(
                    Matmul.matmul(in.normal(dtype, 3, 2, 24, 64), in.normal(dtype, 3, 2, 40, 64), false, true),
                    Matmul.matmul(in.normal(dtype, 6, 24, 40), in.normal(dtype, 6, 40, 5), false, false))));
        }
        return matmul;
    }

    private static OpSpec transposingMatmul() {
        OpSpec matmul = op("matmul(Variable,Variable,boolean,boolean)", "matmul", HALF);
        for (boolean transA : EITHER) {
            for (boolean transB : EITHER) {
                for (int[] s : PRODUCTS) {
                    matmul.with(transposing(new int[0], s[0], s[1], s[2], transA, transB, false));
                }
                matmul.with(transposing(new int[] {3}, 5, 4, 7, transA, transB, false));
                matmul.with(transposing(new int[] {2, 3}, 13, 17, 3, transA, transB, false));
                matmul.with(transposing(new int[] {1, 1}, 1, 3, 1, transA, transB, false));
                for (int[] s : new int[][] {{1, 1, 1}, {7, 13, 3}, {33, 17, 65}}) {
                    matmul.with(transposing(new int[] {2, 3}, s[0], s[1], s[2], transA, transB, false));
                }
            }
        }
        for (boolean transB : EITHER) {
            matmul.with(transposing(new int[] {3}, 5, 4, 7, false, transB, true));
            matmul.with(transposing(new int[] {2, 3}, 13, 17, 3, false, transB, true));
            matmul.with(transposing(new int[] {1}, 1, 3, 5, false, transB, true));
        }
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int[] s : PRODUCTS_ON_GPU) {
                for (boolean transB : EITHER) {
                    for (boolean transA : EITHER) {
                        matmul.kernels(products(dtype, s[0], s[1], s[2], transA, transB));
                    }
                }
            }
        }
        return matmul.selfCheck(products(DType.F16, 24, 64, 64, false, true).and(products(DType.F32, 24, 64, 64, false, true)));
    }

    private static OpCase transposing(int[] lead, int m, int n, int k, boolean transA, boolean transB, boolean shared) {
        return product(lead, m, n, k, transA, transB, shared).note((transA ? "T" : "N") + (transB ? "T" : "N"))
                .call(in -> F.matmul(in.var(0), in.var(1), transA, transB))
                .torch("torch.matmul(" + (transA ? "torch.transpose(a, -1, -2)" : "a") + ", " + (transB ? "torch.transpose(b, -1, -2)" : "b") + ")");
    }

    /** @param shared whether all entries of the batch, whose dims are {@code lead}, use one b */
    private static OpCase product(int[] lead, int m, int n, int k, boolean transA, boolean transB, boolean shared) {
        int batch = Shape.of(lead).elements();
        int[] a = append(lead, transA ? new int[] {k, m} : new int[] {m, k});
        int[] b = append(shared ? new int[0] : lead, transB ? new int[] {n, k} : new int[] {k, n});
        return inputs(normal(a), normal(b)).cost((long) batch * m * n * k)
                .reference(x -> Reference.matmul(x.get(0), x.get(1), batch, m, n, k, transA, transB, shared));
    }

    private static int[] append(int[] lead, int[] last) {
        int[] dims = Arrays.copyOf(lead, lead.length + 2);
        dims[lead.length] = last[0];
        dims[lead.length + 1] = last[1];
        return dims;
    }

    /** Products of floats of which a GPU may round the operands to tf32, for a device that does. */
    static List<GpuCase> tf32() {
        List<GpuCase> cases = new ArrayList<>();
        for (int[] s : new int[][] {{5, 7, 3}, {64, 64, 64}, {136, 200, 264}, {132, 68, 20}, {384, 768, 768}, {768, 768, 2048}}) {
            for (boolean transA : EITHER) {
                for (boolean transB : EITHER) {
                    GpuCase products = products(DType.F32, s[0], s[1], s[2], transA, transB);
                    cases.add(new GpuCase(products.name().replace("F32", "TF32"), GpuCase.HALF, products.run()));
                }
            }
        }
        GpuCase large = products(DType.F32, 2048, 3072, 768, false, true);
        cases.add(new GpuCase(large.name().replace("F32", "TF32"), GpuCase.HALF, large.run()));
        return cases;
    }

    /** A product alone, products added to what is there, and ones with a bias and with GELU after that, whose input is wanted or not. */
    private static GpuCase products(DType dtype, int m, int n, int k, boolean transA, boolean transB) {
        String name = "matmul " + dtype + " " + m + " x " + n + " x " + k + (transA ? " A^T" : "") + (transB ? " B^T" : "");
        return GpuCase.recorded(name, GpuCase.tolerance(dtype), in -> {
            Tensor a = transA ? in.normal(dtype, k, m) : in.normal(dtype, m, k);
            Tensor b = transB ? in.normal(dtype, 1 / Math.sqrt(k), n, k) : in.normal(dtype, 1 / Math.sqrt(k), k, n);
            Tensor sum = in.normal(DType.F32, m, n), same = in.normal(dtype, m, n), bias = in.normal(dtype, n);
            return () -> {
                // What a program updates differs from run to run: it works on copies.
                Tensor sums = Elementwise.copy(sum), sames = Elementwise.copy(same);
                Matmul.matmulInto(sums, a, b, transA, transB, true);
                Matmul.matmulInto(sames, a, b, transA, transB, true);
                Tensor withBias = Matmul.matmul(a, b, transA, transB);
                Broadcast.addInto(withBias, bias);
                Tensor input = Matmul.matmul(a, b, transA, transB);
                Broadcast.addInto(input, bias);
                Tensor gelu = Gelu.exact(input);
                Tensor unwanted = Matmul.matmul(a, b, transA, transB);
                Broadcast.addInto(unwanted, bias);
                return List.of(sums, sames, withBias, gelu, input, Gelu.exact(unwanted), Matmul.matmul(a, b, transA, transB));
            };
        });
    }

    private static OpSpec linear() {
        OpSpec linear = op("linear(Variable,Variable,Variable)", "linear", HALF)
                .call(in -> F.linear(in.var(0), in.var(1), in.var(2)))
                .reference(x -> linear(x.get(0), x.get(1), x.get(2)))
                .torch("torch.linear(a, b, c)");
        for (int[] s : LINEAR) {
            long cost = (long) s[0] * s[1] * s[2];
            linear.with(inputs(normal(s[0], s[2]), normal(s[1], s[2]), normal(s[1])).cost(cost));
            linear.with(inputs(normal(s[0], s[2]), normal(s[1], s[2])).note("without bias").cost(cost)
                    .call(in -> F.linear(in.var(0), in.var(1), null)).torch("torch.linear(a, b, None)")
                    .reference(x -> linear(x.get(0), x.get(1), new double[s[1]])));
        }
        for (int[] s : new int[][] {{1, 1, 1}, {7, 13, 3}, {33, 17, 65}}) {
            linear.with(inputs(normal(2, s[0], s[2]), normal(s[1], s[2]), normal(s[1])).cost(2L * s[0] * s[1] * s[2]));
        }
        return linear.with(inputs(normal(2, 3, 7), normal(5, 7), normal(5)).cost(210))
                .with(inputs(normal(3, 1, 5, 13), normal(17, 13), normal(17)).cost(3315))
                .with(inputs(normal(2, 3, 7), normal(5, 7), floats(5)).note("with an F32 bias").cost(210));
    }

    private static double[] linear(double[] x, double[] weight, double[] bias) {
        int out = bias.length;
        int in = weight.length / out;
        return Reference.add(Reference.matmul(x, weight, 1, x.length / in, out, in, false, true, false), bias, 1);
    }
}
