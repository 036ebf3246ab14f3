package dev.mixed.autograd.functional;

import static dev.mixed.autograd.functional.OpCase.Kind.CONSTANT;
import static dev.mixed.autograd.functional.OpCase.Kind.F32_VARIABLE;
import static dev.mixed.autograd.functional.OpCase.Kind.INTS;
import static dev.mixed.autograd.functional.OpCase.Kind.VARIABLE;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Cases of the ops over rows: softmax, layer norm, embedding, reductions, losses; and of those that only move elements. */
final class RowCases {
    private static final int[][] ROWS = {{1}, {7}, {1, 1}, {5, 1}, {1, 13}, {3, 7}, {2, 3, 17}, {33, 65}, {131, 257}};

    private RowCases() {
    }

    static List<OpCase> all() {
        List<OpCase> cases = new ArrayList<>();
        for (int[] s : ROWS) {
            int n = s[s.length - 1];
            long cost = 20L * Shape.of(s).elements();
            cases.add(OpCase.of("softmax(Variable)", "").normal(s).cost(cost).floor(0.1).op(in -> F.softmax(in.var(0)))
                    .reference(x -> Reference.softmax(x[0], n)));
            cases.add(OpCase.of("logSoftmax(Variable)", "").normal(s).cost(cost).floor(0.1).op(in -> F.logSoftmax(in.var(0)))
                    .reference(x -> Reference.logSoftmax(x[0], n)));
            layerNorm(cases, s);
            cases.add(reduction("sumLast", s, F::sumLast, x -> Reference.sums(x, n, 1)));
            cases.add(reduction("meanLast", s, F::meanLast, x -> Reference.sums(x, n, 1.0 / n)));
            cases.add(maximum("maxLast", s, n, F::maxLast, x -> Reference.maxima(x, n)));
        }
        cases.add(reduction("sumLast", new int[] {3, 2049}, F::sumLast, x -> Reference.sums(x, 2049, 1)));
        for (int[] s : new int[][] {{}, {1}, {13}, {3, 17}, {2, 3, 7}, {33, 65}, {1025}, {5, 1023}}) {
            cases.add(reduction("sum", s, F::sum, x -> Reference.sums(x, x.length, 1)));
            cases.add(reduction("mean", s, F::mean, x -> Reference.sums(x, x.length, 1.0 / x.length)));
            cases.add(maximum("max", s, Shape.of(s).elements(), F::max, x -> Reference.maxima(x, x.length)));
        }
        embeddings(cases);
        losses(cases);
        moves(cases);
        return cases;
    }

    private static void layerNorm(List<OpCase> cases, int[] s) {
        String method = "layerNorm(Variable,Variable,Variable,float)";
        int n = s[s.length - 1];
        // A lone element is its own mean, and the gradient a difference of equal terms, times 1/sqrt(eps).
        float eps = n == 1 ? 1e-2f : 1e-12f;
        cases.add(OpCase.of(method, "").normal(s).input(F32_VARIABLE, Shape.of(n), OpCase::normal)
                .input(F32_VARIABLE, Shape.of(n), OpCase::normal).floor(0.1)
                .op(in -> F.layerNorm(in.var(0), in.var(1), in.var(2), eps)).reference(x -> Reference.layerNorm(x[0], x[1], x[2], eps)));
        cases.add(OpCase.of(method, "off centre")
                .input(VARIABLE, Shape.of(s), (random, count) -> Reference.map(OpCase.normal(random, count), v -> 2 + 0.5 * v))
                .input(F32_VARIABLE, Shape.of(n), OpCase::normal).input(F32_VARIABLE, Shape.of(n), OpCase::normal).floor(0.5)
                .op(in -> F.layerNorm(in.var(0), in.var(1), in.var(2), 0.1f)).reference(x -> Reference.layerNorm(x[0], x[1], x[2], 0.1f)));
    }

    private static OpCase reduction(String name, int[] s, UnaryOperator<Variable> op, UnaryOperator<double[]> formula) {
        // Sums of numbers of either sign: errors are relative to the size of the terms.
        return OpCase.of(name + "(Variable)", "").normal(s).floor(0.05).op(in -> op.apply(in.var(0))).reference(x -> formula.apply(x[0]));
    }

    private static OpCase maximum(String name, int[] s, int n, UnaryOperator<Variable> op, UnaryOperator<double[]> formula) {
        return OpCase.of(name + "(Variable)", "").input(VARIABLE, Shape.of(s), (random, count) -> distinct(random, count, n)).op(in -> op.apply(in.var(0)))
                .reference(x -> formula.apply(x[0]));
    }

    private static void embeddings(List<OpCase> cases) {
        int[][] tables = {{1, 1}, {7, 3}, {33, 17}, {13, 65}, {257, 129}};
        int[][] ids = {{1}, {5}, {2, 3}, {65}, {2, 1, 7}, {3, 67}};
        for (int[] table : tables) {
            for (int[] shape : ids) {
                cases.add(OpCase.of("embedding(Variable,Tensor)", "").input(F32_VARIABLE, Shape.of(table), OpCase::normal)
                        .input(INTS, Shape.of(shape), (random, n) -> random.ints(n, 0, table[0]).asDoubleStream().toArray())
                        .op(in -> F.embedding(in.var(0), in.tensor(1))).reference(x -> Reference.embedding(x[0], x[1], table[1])));
            }
        }
    }

    private static void losses(List<OpCase> cases) {
        for (int[] s : new int[][] {{1, 1}, {1, 2}, {7, 2}, {5, 1}, {13, 3}, {65, 33}, {17, 1025}}) {
            cases.add(OpCase.of("crossEntropy(Variable,Tensor,Tensor)", "").normal(s)
                    .input(INTS, Shape.of(s[0]), (random, n) -> random.ints(n, 0, s[1]).asDoubleStream().toArray())
                    .input(CONSTANT, Shape.of(s[0]), RowCases::weights).floor(0.05).cost(20L * s[0] * s[1])
                    .op(in -> F.crossEntropy(in.var(0), in.tensor(1), in.tensor(2)))
                    .reference(x -> new double[] {Reference.crossEntropy(x[0], x[1], x[2])}));
        }
        for (int[] s : new int[][] {{1}, {1, 1}, {7}, {13, 1}, {65}, {1025}}) {
            cases.add(OpCase.of("binaryCrossEntropyWithLogits(Variable,Tensor,Tensor)", "")
                    .input(VARIABLE, Shape.of(s), (random, n) -> Reference.map(OpCase.normal(random, n), v -> 3 * v))
                    .input(CONSTANT, Shape.of(s[0]), (random, n) -> random.doubles(n).map(u -> u < 0.4 ? 0 : u > 0.6 ? 1 : u).toArray())
                    .input(CONSTANT, Shape.of(s[0]), RowCases::weights).cost(20L * s[0])
                    .op(in -> F.binaryCrossEntropyWithLogits(in.var(0), in.tensor(1), in.tensor(2)))
                    .reference(x -> new double[] {Reference.binaryCrossEntropy(x[0], x[1], x[2])}));
            cases.add(OpCase.of("binaryCrossEntropy(Variable,Tensor,Tensor)", "")
                    .input(VARIABLE, Shape.of(s), (random, n) -> random.doubles(n, 0.2, 0.8).toArray())
                    .input(CONSTANT, Shape.of(s[0]), (random, n) -> random.doubles(n).map(u -> u < 0.4 ? 0 : u > 0.6 ? 1 : u).toArray())
                    .input(CONSTANT, Shape.of(s[0]), RowCases::weights).cost(20L * s[0])
                    .op(in -> F.binaryCrossEntropy(in.var(0), in.tensor(1), in.tensor(2)))
                    .reference(x -> new double[] {Reference.binaryCrossEntropyOfProbabilities(x[0], x[1], x[2])}));
        }
    }

    private static void moves(List<OpCase> cases) {
        int[][] dims = {{1}, {7}, {1, 1}, {3, 7}, {13, 1}, {2, 3, 7}, {2, 3, 7}, {1, 5, 1}, {2, 3, 5, 7}, {2, 3, 5, 7}, {3, 1, 13, 1}, {5, 17, 3, 33}};
        int[][] axes = {{0}, {0}, {1, 0}, {1, 0}, {0, 1}, {2, 0, 1}, {1, 2, 0}, {2, 1, 0}, {0, 2, 1, 3}, {3, 1, 0, 2}, {1, 3, 2, 0}, {0, 2, 1, 3}};
        for (int i = 0; i < dims.length; i++) {
            int[] d = dims[i];
            int[] a = axes[i];
            cases.add(OpCase.of("permute(Variable,int[])", Arrays.toString(a)).normal(d).op(in -> F.permute(in.var(0), a))
                    .reference(x -> Reference.permute(x[0], d, a)));
        }
        int[][] from = {{}, {1}, {6}, {2, 3, 7}, {33, 65}};
        int[][] to = {{1, 1}, {}, {3, 2}, {14, 3}, {65, 33}};
        for (int i = 0; i < from.length; i++) {
            int[] target = to[i];
            cases.add(OpCase.of("reshape(Variable,int[])", "to " + Shape.of(target)).normal(from[i]).op(in -> F.reshape(in.var(0), target))
                    .reference(x -> x[0].clone()));
        }
        for (int[] s : new int[][] {{1, 1, 1}, {1, 7, 3}, {3, 1, 13}, {7, 3, 1}, {5, 17, 33}, {3, 65, 257}}) {
            cases.add(OpCase.of("selectFirst(Variable)", "").normal(s).op(in -> F.selectFirst(in.var(0)))
                    .reference(x -> Reference.selectFirst(x[0], s[0], s[1], s[2])));
        }
    }

    /** Example weights of a ragged last batch: some are 0, but never all. */
    private static double[] weights(Random random, int n) {
        double[] weights = new double[n];
        for (int i = 0; i < n; i++) {
            weights[i] = i > 0 && random.nextInt(4) == 0 ? 0 : 0.25 + random.nextDouble();
        }
        return weights;
    }

    /**
     * Runs of n numbers of either sign, whose maximum is unique and stays apart from the others also as a half, so that a finite difference
     * never changes which is largest.
     */
    private static double[] distinct(Random random, int count, int n) {
        double[] values = new double[count];
        for (int row = 0; row < count; row += n) {
            for (int i = 0; i < n; i++) {
                int j = random.nextInt(i + 1);
                values[row + i] = values[row + j];
                values[row + j] = i == n - 1 ? 63.5 : i % 1000 * 0.125 - 64;
            }
        }
        return values;
    }
}
