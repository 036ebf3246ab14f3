package dev.mixed.compare.libtorch;

import static dev.mixed.compare.libtorch.TorchOp.Kind.CONSTANT;
import static dev.mixed.compare.libtorch.TorchOp.Kind.F32_VARIABLE;
import static dev.mixed.compare.libtorch.TorchOp.Kind.INTS;
import static dev.mixed.compare.libtorch.TorchOp.Kind.VARIABLE;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Every op of {@code F} with libtorch's own for it. */
final class TorchOps {
    private static final int[][] SHAPES = {{1}, {3, 17}, {33, 65}};

    private TorchOps() {
    }

    static List<TorchOp> all() {
        List<TorchOp> ops = new ArrayList<>();
        for (int[] s : SHAPES) {
            pointwise(ops, s);
            reductions(ops, s);
        }
        combinations(ops);
        products(ops);
        moves(ops);
        losses(ops);
        return ops;
    }

    private static void pointwise(List<TorchOp> ops, int[] s) {
        ops.add(TorchOp.of("add(Variable,Variable)", in -> F.add(in.var(0), in.var(1)), "torch.add(a, b)").normal(s).normal(s));
        ops.add(TorchOp.of("sub(Variable,Variable)", in -> F.sub(in.var(0), in.var(1)), "torch.sub(a, b)").normal(s).normal(s));
        ops.add(TorchOp.of("mul(Variable,Variable)", in -> F.mul(in.var(0), in.var(1)), "torch.mul(a, b)").normal(s).normal(s));
        ops.add(TorchOp.of("scale(Variable,float)", in -> F.scale(in.var(0), -1.75f), "torch.mul(a, -1.75)").normal(s));
        ops.add(TorchOp.of("scale(Variable,Tensor)", in -> F.scale(in.var(0), in.tensor(1)), "torch.mul(a, b)").normal(s).input(CONSTANT, TorchOp::normal, 1));
        ops.add(TorchOp.of("gelu(Variable)", in -> F.gelu(in.var(0)), "torch.gelu(a)").input(VARIABLE, TorchOps::wide, s));
        ops.add(TorchOp.of("geluTanh(Variable)", in -> F.geluTanh(in.var(0)), "torch.gelu(a, approximate=\"tanh\")").input(VARIABLE, TorchOps::wide, s));
        ops.add(TorchOp.of("relu(Variable)", in -> F.relu(in.var(0)), "torch.relu(a)").normal(s));
        ops.add(TorchOp.of("tanh(Variable)", in -> F.tanh(in.var(0)), "torch.tanh(a)").input(VARIABLE, TorchOps::wide, s));
        ops.add(TorchOp.of("exp(Variable)", in -> F.exp(in.var(0)), "torch.exp(a)").normal(s));
        ops.add(TorchOp.of("log(Variable)", in -> F.log(in.var(0)), "torch.log(a)").positive(s));
        ops.add(TorchOp.of("pow(Variable,float)", in -> F.pow(in.var(0), -1.5f), "torch.pow(a, -1.5)").positive(s));
        ops.add(TorchOp.of("pow(Variable,float)", in -> F.pow(in.var(0), 3f), "torch.pow(a, 3.0)").normal(s));
        ops.add(TorchOp.of("rsqrt(Variable)", in -> F.rsqrt(in.var(0)), "torch.rsqrt(a)").positive(s));
        ops.add(TorchOp.of("reciprocal(Variable)", in -> F.reciprocal(in.var(0)), "torch.reciprocal(a)").positive(s));
        ops.add(TorchOp.of("dropout(Variable,float,RandomState)", in -> F.dropout(in.var(0), 0f, in.random()), "torch.dropout(a, 0.0, True)").normal(s));
        ops.add(TorchOp.of("cast(Variable,DType)", in -> F.cast(in.var(0), DType.F32), "torch.to(a, 6)").normal(s));
        ops.add(TorchOp.of("cast(Variable,DType)", in -> F.cast(in.var(0), DType.F16), "torch.to(a, 5)").normal(s));
    }

    private static void reductions(List<TorchOp> ops, int[] s) {
        int n = s[s.length - 1];
        ops.add(TorchOp.of("sum(Variable)", in -> F.sum(in.var(0)), "torch.sum(a, dtype=6)").normal(s).floor(0.1));
        ops.add(TorchOp.of("mean(Variable)", in -> F.mean(in.var(0)), "torch.mean(a, dtype=6)").normal(s).floor(0.1));
        ops.add(TorchOp.of("max(Variable)", in -> F.max(in.var(0)), "torch.to(torch.max(a), 6)").normal(s));
        ops.add(TorchOp.of("sumLast(Variable)", in -> F.sumLast(in.var(0)), "torch.sum(a, [-1], dtype=6)").normal(s).floor(0.1));
        ops.add(TorchOp.of("meanLast(Variable)", in -> F.meanLast(in.var(0)), "torch.mean(a, [-1], dtype=6)").normal(s).floor(0.1));
        ops.add(TorchOp.of("maxLast(Variable)", in -> F.maxLast(in.var(0)), "torch.to(torch.amax(a, [-1]), 6)").input(VARIABLE, (r, count) -> distinct(r, count, n), s));
        ops.add(TorchOp.of("norm(Variable)", in -> F.norm(in.var(0)), "torch.linalg_vector_norm(a, dtype=6)").normal(s));
        ops.add(TorchOp.of("softmax(Variable)", in -> F.softmax(in.var(0)), "torch.softmax(a, -1)").normal(s).floor(0.1));
        ops.add(TorchOp.of("logSoftmax(Variable)", in -> F.logSoftmax(in.var(0)), "torch.log_softmax(a, -1)").normal(s).floor(0.1));
        // A lone element is its own mean, and the gradient a difference of equal terms, times 1/sqrt(eps).
        ops.add(TorchOp.of("layerNorm(Variable,Variable,Variable,float)", in -> F.layerNorm(in.var(0), in.var(1), in.var(2), n == 1 ? 1e-2f : 1e-12f),
                "torch.layer_norm(a, [" + n + "], b, c, " + (n == 1 ? "1e-2" : "1e-12") + ")").normal(s).input(F32_VARIABLE, TorchOp::normal, n)
                .input(F32_VARIABLE, TorchOp::normal, n).floor(0.1));
    }

    private static void combinations(List<TorchOp> ops) {
        ops.add(TorchOp.of("add(Variable,Variable)", in -> F.add(in.var(0), in.var(1)), "torch.add(a, b)").normal(7, 5, 13).normal(5, 13));
        ops.add(TorchOp.of("mul(Variable,Variable)", in -> F.mul(in.var(0), in.var(1)), "torch.mul(a, b)").normal(65, 33).normal(33));
        for (int[] s : SHAPES) {
            ops.add(TorchOp.of("addcmul(Variable,Variable,Variable,float)", in -> F.addcmul(in.var(0), in.var(1), in.var(2), -0.75f),
                    "torch.addcmul(a, b, c, value=-0.75)").normal(s).normal(s).normal(s));
            ops.add(TorchOp.of("addcdiv(Variable,Variable,Variable,float)", in -> F.addcdiv(in.var(0), in.var(1), in.var(2), 1.5f),
                    "torch.addcdiv(a, b, c, value=1.5)").normal(s).normal(s).positive(s));
        }
        for (int n : new int[] {1, 33, 1025}) {
            // libtorch's result is a half where miXed's is float.
            ops.add(TorchOp.of("dot(Variable,Variable)", in -> F.dot(in.var(0), in.var(1)), "torch.dot(a, b)").normal(n).normal(n).floor(Math.sqrt(n)).onlyF32());
        }
        for (int[] ids : new int[][] {{5}, {3, 67}}) {
            ops.add(TorchOp.of("embedding(Variable,Tensor)", in -> F.embedding(in.var(0), in.tensor(1)), "torch.embedding(a, b)").input(F32_VARIABLE, TorchOp::normal, 13, 65)
                    .input(INTS, (random, n) -> random.ints(n, 0, 13).asDoubleStream().toArray(), ids).onlyF32());
        }
    }

    private static void products(List<TorchOp> ops) {
        for (int[] s : new int[][] {{1, 1, 1}, {7, 13, 3}, {33, 17, 65}}) {
            int m = s[0];
            int n = s[1];
            int k = s[2];
            ops.add(TorchOp.of("matmul(Variable,Variable)", in -> F.matmul(in.var(0), in.var(1)), "torch.matmul(a, b)").normal(m, k).normal(k, n));
            ops.add(TorchOp.of("matmul(Variable,Variable)", in -> F.matmul(in.var(0), in.var(1)), "torch.matmul(a, b)").normal(3, m, k).normal(k, n));
            for (boolean ta : new boolean[] {false, true}) {
                for (boolean tb : new boolean[] {false, true}) {
                    ops.add(TorchOp.of("matmul(Variable,Variable,boolean,boolean)", in -> F.matmul(in.var(0), in.var(1), ta, tb),
                            "torch.matmul(" + (ta ? "torch.transpose(a, -1, -2)" : "a") + ", " + (tb ? "torch.transpose(b, -1, -2)" : "b") + ")")
                            .normal(2, 3, ta ? k : m, ta ? m : k).normal(2, 3, tb ? n : k, tb ? k : n));
                }
            }
            ops.add(TorchOp.of("linear(Variable,Variable,Variable)", in -> F.linear(in.var(0), in.var(1), in.var(2)), "torch.linear(a, b, c)")
                    .normal(2, m, k).normal(n, k).normal(n));
            ops.add(TorchOp.of("linear(Variable,Variable,Variable)", in -> F.linear(in.var(0), in.var(1), null), "torch.linear(a, b, None)").normal(m, k).normal(n, k));
        }
        for (int[] s : new int[][] {{1, 1, 1, 1}, {2, 7, 3, 5}, {3, 33, 2, 17}}) {
            int seq = s[1];
            int heads = s[2];
            int[] qkv = {s[0], seq, heads * s[3]};
            String split = "[" + s[0] + ", " + seq + ", " + heads + ", " + s[3] + "]";
            String form = "torch.transpose(torch.view(%s, " + split + "), 1, 2)";
            ops.add(TorchOp.of("scaledDotProductAttention(Variable,Variable,Variable,Tensor,int,float,RandomState)",
                    in -> F.scaledDotProductAttention(in.var(0), in.var(1), in.var(2), in.tensor(3), heads, 0f, null),
                    "torch.reshape(torch.transpose(torch.scaled_dot_product_attention(" + form.formatted("a") + ", " + form.formatted("b") + ", " + form.formatted("c")
                            + ", torch.view(d, [" + s[0] + ", 1, 1, " + seq + "])), 1, 2), [" + s[0] + ", " + seq + ", " + heads * s[3] + "])")
                    .normal(qkv).normal(qkv).normal(qkv).input(CONSTANT, (random, n) -> padding(random, n, seq), s[0], seq).floor(seq == 1 ? 0.5 : 0.1));
        }
    }

    private static void moves(List<TorchOp> ops) {
        ops.add(TorchOp.of("permute(Variable,int[])", in -> F.permute(in.var(0), 0, 2, 1, 3), "torch.permute(a, [0, 2, 1, 3])").normal(5, 17, 3, 33));
        ops.add(TorchOp.of("permute(Variable,int[])", in -> F.permute(in.var(0), 2, 0, 1), "torch.permute(a, [2, 0, 1])").normal(2, 3, 7));
        ops.add(TorchOp.of("reshape(Variable,int[])", in -> F.reshape(in.var(0), 14, 3), "torch.reshape(a, [14, 3])").normal(2, 3, 7));
        ops.add(TorchOp.of("selectFirst(Variable)", in -> F.selectFirst(in.var(0)), "torch.select(a, 1, 0)").normal(5, 17, 33));
    }

    private static void losses(List<TorchOp> ops) {
        for (int[] s : new int[][] {{1, 2}, {13, 3}, {65, 33}}) {
            ops.add(TorchOp.of("crossEntropy(Variable,Tensor,Tensor)", in -> F.crossEntropy(in.var(0), in.tensor(1), in.tensor(2)),
                    "torch.div(torch.sum(torch.mul(torch.cross_entropy_loss(torch.to(a, 6), b, None, 0), c)), torch.sum(c))").normal(s)
                    .input(INTS, (random, n) -> random.ints(n, 0, s[1]).asDoubleStream().toArray(), s[0]).input(CONSTANT, TorchOps::weights, s[0]).floor(0.05));
        }
        for (int n : new int[] {1, 7, 65}) {
            ops.add(TorchOp.of("binaryCrossEntropyWithLogits(Variable,Tensor,Tensor)", in -> F.binaryCrossEntropyWithLogits(in.var(0), in.tensor(1), in.tensor(2)),
                    "torch.div(torch.sum(torch.mul(torch.binary_cross_entropy_with_logits(torch.to(a, 6), torch.to(b, 6), None, None, 0), c)), torch.sum(c))")
                    .input(VARIABLE, TorchOps::wide, n).input(CONSTANT, TorchOps::labels, n).input(CONSTANT, TorchOps::weights, n));
            ops.add(TorchOp.of("binaryCrossEntropy(Variable,Tensor,Tensor)", in -> F.binaryCrossEntropy(in.var(0), in.tensor(1), in.tensor(2)),
                    "torch.div(torch.sum(torch.mul(torch.binary_cross_entropy(torch.to(a, 6), torch.to(b, 6), None, 0), c)), torch.sum(c))")
                    .input(VARIABLE, (random, count) -> random.doubles(count, 0.2, 0.8).toArray(), n).input(CONSTANT, TorchOps::labels, n)
                    .input(CONSTANT, TorchOps::weights, n));
        }
    }

    /** N(0, 2^2), which reaches the flat ends of GELU and tanh. */
    private static double[] wide(Random random, int n) {
        double[] values = TorchOp.normal(random, n);
        for (int i = 0; i < n; i++) {
            values[i] *= 2;
        }
        return values;
    }

    private static double[] labels(Random random, int n) {
        return random.ints(n, 0, 2).asDoubleStream().toArray();
    }

    /** Weights of texts; some but the first are 0. */
    private static double[] weights(Random random, int n) {
        double[] weights = new double[n];
        for (int i = 0; i < n; i++) {
            weights[i] = i > 0 && random.nextInt(4) == 0 ? 0 : 1;
        }
        return weights;
    }

    /** After the first, each sequence keeps a random number of its keys. */
    private static double[] padding(Random random, int n, int seq) {
        double[] mask = new double[n];
        for (int b = 1; b < n / seq; b++) {
            for (int j = 1 + random.nextInt(seq); j < seq; j++) {
                // Within half's range too.
                mask[b * seq + j] = -60000;
            }
        }
        return mask;
    }

    /** Rows without equal numbers, whose maxima would share a gradient. */
    private static double[] distinct(Random random, int count, int n) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            int column = i % n;
            int other = i - column + random.nextInt(column + 1);
            values[i] = values[other];
            values[other] = column * 0.25 - 8;
        }
        return values;
    }
}
