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

/** Cases of products: matmul, linear and attention. */
final class MatrixCases {
    /** m, n, k. */
    private static final int[][] PRODUCTS = {{1, 1, 1}, {1, 7, 3}, {7, 1, 13}, {3, 13, 7}, {17, 33, 1}, {33, 17, 65}, {65, 67, 33}};
    /** rows of x, out, in. */
    private static final int[][] LINEAR = {{1, 1, 1}, {1, 3, 7}, {7, 1, 13}, {13, 17, 3}, {33, 65, 17}, {65, 33, 67}};
    /** batch, seq, heads, head size. */
    private static final int[][] ATTENTION = {{1, 1, 1, 1}, {2, 1, 3, 7}, {2, 7, 1, 3}, {3, 3, 2, 1}, {2, 13, 2, 5}, {1, 17, 3, 8}, {1, 33, 2, 17}, {1, 65, 1, 33}};

    private MatrixCases() {
    }

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (int[] s : PRODUCTS) {
            cases.add(product("plain", new int[0], s[0], s[1], s[2], false, false, false));
            for (boolean transA : new boolean[] {false, true}) {
                for (boolean transB : new boolean[] {false, true}) {
                    cases.add(product("transposing", new int[0], s[0], s[1], s[2], transA, transB, false));
                }
            }
        }
        for (boolean transA : new boolean[] {false, true}) {
            for (boolean transB : new boolean[] {false, true}) {
                cases.add(product("transposing", new int[] {3}, 5, 4, 7, transA, transB, false));
                cases.add(product("transposing", new int[] {2, 3}, 13, 17, 3, transA, transB, false));
                cases.add(product("transposing", new int[] {1, 1}, 1, 3, 1, transA, transB, false));
            }
        }
        for (boolean transB : new boolean[] {false, true}) {
            cases.add(product("transposing", new int[] {3}, 5, 4, 7, false, transB, true));
            cases.add(product("transposing", new int[] {2, 3}, 13, 17, 3, false, transB, true));
            cases.add(product("transposing", new int[] {1}, 1, 3, 5, false, transB, true));
        }
        cases.add(product("plain", new int[] {2}, 7, 3, 13, false, false, true));
        cases.add(OpCase.of("matmul(Variable,Variable)", "by itself").normal(7, 7).op(in -> F.matmul(in.var(0), in.var(0)))
                .reference(x -> Reference.matmul(x[0], x[0], 1, 7, 7, 7, false, false, false)));
        linear(cases);
        for (int[] s : ATTENTION) {
            cases.add(attention(s[0], s[1], s[2], s[3], 0f));
            cases.add(attention(s[0], s[1], s[2], s[3], 0.25f));
        }
        cases.add(selfAttention());
        return cases;
    }

    private static OpCase product(String form, int[] lead, int m, int n, int k, boolean transA, boolean transB, boolean shared) {
        boolean plain = form.equals("plain");
        int batch = Shape.of(lead).elements();
        int[] a = append(lead, transA ? new int[] {k, m} : new int[] {m, k});
        int[] b = append(shared ? new int[0] : lead, transB ? new int[] {n, k} : new int[] {k, n});
        String method = plain ? "matmul(Variable,Variable)" : "matmul(Variable,Variable,boolean,boolean)";
        return OpCase.of(method, plain ? "" : (transA ? "T" : "N") + (transB ? "T" : "N")).normal(a).normal(b).cost((long) batch * m * n * k)
                .op(in -> plain ? F.matmul(in.var(0), in.var(1)) : F.matmul(in.var(0), in.var(1), transA, transB))
                .reference(x -> Reference.matmul(x[0], x[1], batch, m, n, k, transA, transB, shared));
    }

    private static int[] append(int[] lead, int[] last) {
        int[] dims = Arrays.copyOf(lead, lead.length + 2);
        dims[lead.length] = last[0];
        dims[lead.length + 1] = last[1];
        return dims;
    }

    private static void linear(List<OpCase> cases) {
        String method = "linear(Variable,Variable,Variable)";
        for (int[] s : LINEAR) {
            long cost = (long) s[0] * s[1] * s[2];
            cases.add(OpCase.of(method, "").normal(s[0], s[2]).normal(s[1], s[2]).normal(s[1]).cost(cost)
                    .op(in -> F.linear(in.var(0), in.var(1), in.var(2))).reference(x -> linear(x[0], x[1], x[2])));
            cases.add(OpCase.of(method, "without bias").normal(s[0], s[2]).normal(s[1], s[2]).cost(cost)
                    .op(in -> F.linear(in.var(0), in.var(1), null)).reference(x -> linear(x[0], x[1], new double[s[1]])));
        }
        cases.add(OpCase.of(method, "").normal(2, 3, 7).normal(5, 7).normal(5).cost(210)
                .op(in -> F.linear(in.var(0), in.var(1), in.var(2))).reference(x -> linear(x[0], x[1], x[2])));
        cases.add(OpCase.of(method, "").normal(3, 1, 5, 13).normal(17, 13).normal(17).cost(3315)
                .op(in -> F.linear(in.var(0), in.var(1), in.var(2))).reference(x -> linear(x[0], x[1], x[2])));
        cases.add(OpCase.of(method, "with an F32 bias").normal(2, 3, 7).normal(5, 7).input(F32_VARIABLE, Shape.of(5), OpCase::normal).cost(210)
                .op(in -> F.linear(in.var(0), in.var(1), in.var(2))).reference(x -> linear(x[0], x[1], x[2])));
    }

    private static double[] linear(double[] x, double[] weight, double[] bias) {
        int out = bias.length;
        int in = weight.length / out;
        return Reference.add(Reference.matmul(x, weight, 1, x.length / in, out, in, false, true, false), bias, 1);
    }

    private static OpCase attention(int batch, int seq, int heads, int d, float p) {
        int[] qkv = {batch, seq, heads * d};
        OpCase c = OpCase.of("scaledDotProductAttention(Variable,Variable,Variable,Tensor,int,float,RandomState)", "heads=" + heads + " p=" + p)
                .normal(qkv).normal(qkv).normal(qkv).input(CONSTANT, Shape.of(batch, seq), (random, n) -> padding(random, n, seq))
                .cost(2L * batch * seq * seq * heads * (d + 5)).floor(seq == 1 ? 0.5 : 0.1)
                .op(in -> F.scaledDotProductAttention(in.var(0), in.var(1), in.var(2), in.tensor(3), heads, p, in.random()))
                .reference((x, factors) -> Reference.attention(x[0], x[1], x[2], x[3], factors, batch, seq, heads, d));
        return p == 0f ? c : c.draws((device, random) -> attentionFactors(device, random, p, batch, seq, heads));
    }

    /** One variable as query, key and value: its three gradients must add up. */
    private static OpCase selfAttention() {
        return OpCase.of("scaledDotProductAttention(Variable,Variable,Variable,Tensor,int,float,RandomState)", "of itself")
                .normal(2, 7, 6).input(CONSTANT, Shape.of(2, 7), (random, n) -> padding(random, n, 7)).cost(2500).floor(0.1)
                .op(in -> F.scaledDotProductAttention(in.var(0), in.var(0), in.var(0), in.tensor(1), 2, 0f, null))
                .reference(x -> Reference.attention(x[0], x[0], x[0], x[1], null, 2, 7, 2, 3));
    }

    /** A ragged batch: after the first, each sequence keeps a random number of its keys. */
    private static double[] padding(Random random, int n, int seq) {
        double[] mask = new double[n];
        for (int b = 1; b < n / seq; b++) {
            for (int j = 1 + random.nextInt(seq); j < seq; j++) {
                mask[b * seq + j] = -Float.MAX_VALUE;
            }
        }
        return mask;
    }

    /** With q = k = 0 all probabilities are equal, and with rows of the identity for v the result shows which of them were kept. */
    private static double[] attentionFactors(Device device, RandomState random, float p, int batch, int seq, int heads) {
        Shape shape = Shape.of(batch, seq, heads * seq);
        float[] identity = new float[shape.elements()];
        for (int b = 0; b < batch; b++) {
            for (int j = 0; j < seq; j++) {
                for (int h = 0; h < heads; h++) {
                    identity[((b * seq + j) * heads + h) * seq + j] = 1f;
                }
            }
        }
        Variable zeros = Variable.constant(Tensor.zeros(device, shape, DType.F32));
        Tensor mask = Tensor.zeros(device, Shape.of(batch, seq), DType.F32);
        float[] out = F.scaledDotProductAttention(zeros, zeros, Variable.constant(Tensor.of(device, shape, identity)), mask, heads, p, random)
                .data().toFloats();
        double[] factors = new double[batch * heads * seq * seq];
        for (int b = 0; b < batch; b++) {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < seq; i++) {
                    for (int j = 0; j < seq; j++) {
                        boolean kept = out[((b * seq + i) * heads + h) * seq + j] > 0f;
                        factors[((b * heads + h) * seq + i) * seq + j] = kept ? 1 / (1 - (double) p) : 0;
                    }
                }
            }
        }
        return factors;
    }
}
