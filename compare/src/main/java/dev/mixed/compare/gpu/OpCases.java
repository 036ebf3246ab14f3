package dev.mixed.compare.gpu;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.attention.Attention;
import dev.mixed.engine.ops.embedding.Embedding;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.loss.BceWithLogits;
import dev.mixed.engine.ops.loss.BinaryCrossEntropy;
import dev.mixed.engine.ops.loss.CrossEntropy;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.ops.optimizer.LossScaling;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.pointwise.PointwiseMath;
import dev.mixed.engine.ops.pointwise.Relu;
import dev.mixed.engine.ops.pointwise.Tanh;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.engine.ops.reduce.PairwiseSum;
import dev.mixed.engine.ops.reduce.Reduce;
import dev.mixed.engine.ops.reduce.SumRows;
import dev.mixed.engine.ops.shape.Permute;
import dev.mixed.engine.ops.shape.Select;
import dev.mixed.engine.ops.softmax.Softmax;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Every kernel of the engine, over BERT's shapes and awkward ones. */
final class OpCases {
    /** Half results differ by a rounding of the last of 11 bits where sums were taken in another order. */
    private static final double HALF = 2e-3;
    private static final double FLOAT = 2e-5;
    /** The ptx backend computes exp, log and tanh by the GPU's approximations; tanh's is off by 2^-11. */
    private static final double APPROXIMATE = 1e-3;

    private final List<OpCase> cases = new ArrayList<>();

    private OpCases() {
    }

    static List<OpCase> all() {
        OpCases all = new OpCases();
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            for (int n : new int[] {1, 13, 4098, 16 * 64 * 768}) {
                all.pointwise(dtype, n);
            }
            all.rows(dtype, 5, 7);
            all.rows(dtype, 207, 768);
            all.rows(dtype, 8192, 768);
            all.matmuls(dtype);
            all.embeddings(dtype, 11, 5, 13);
            all.embeddings(dtype, 30522, 768, 16 * 128);
            all.attention(dtype, 2, 2, 13, 8, 0f);
            all.attention(dtype, 3, 2, 40, 64, 0.1f);
            all.attention(dtype, 16, 12, 24, 64, 0.1f);
            all.attention(dtype, 2, 12, 512, 64, 0.1f);
        }
        all.ints();
        all.mathematics();
        all.losses();
        all.optimizers();
        return all.cases;
    }

    private void add(String name, double tolerance, Function<Inputs, List<Tensor>> run) {
        cases.add(new OpCase(name, tolerance, run));
    }

    private static double tolerance(DType dtype) {
        return dtype == DType.F16 ? HALF : FLOAT;
    }

    private void unary(String name, DType dtype, int n, double tolerance, UnaryOperator<Tensor> op) {
        add(name + " " + dtype + " [" + n + "]", tolerance, in -> List.of(op.apply(in.normal(dtype, n))));
    }

    private void binary(String name, DType dtype, int n, double tolerance, BinaryOperator<Tensor> op) {
        add(name + " " + dtype + " [" + n + "]", tolerance, in -> List.of(op.apply(in.normal(dtype, n), in.normal(dtype, n))));
    }

    private void pointwise(DType dtype, int n) {
        double close = tolerance(dtype);
        double approximate = Math.max(close, APPROXIMATE);
        binary("add", dtype, n, close, Elementwise::add);
        binary("sub", dtype, n, close, Elementwise::sub);
        binary("mul", dtype, n, close, Elementwise::mul);
        add("add_into " + dtype + " [" + n + "]", close, in -> {
            Tensor y = in.normal(dtype, n);
            Elementwise.addInto(y, in.normal(dtype, n));
            return List.of(y);
        });
        add("add_into F32 += " + dtype + " [" + n + "]", close, in -> {
            Tensor y = in.normal(DType.F32, n);
            Elementwise.addInto(y, in.normal(dtype, n));
            return List.of(y);
        });
        unary("scale", dtype, n, close, x -> Elementwise.scale(x, 0.3f));
        unary("copy", dtype, n, 0, Elementwise::copy);
        add("scale_by " + dtype + " [" + n + "]", close, in -> {
            Tensor x = in.normal(dtype, n);
            Tensor y = Elementwise.scaleBy(x, in.scalar(0.7f));
            Elementwise.scaleInPlace(x, in.scalar(-2f));
            return List.of(x, y);
        });
        add("fill " + dtype + " [" + n + "]", 0, in -> List.of(Elementwise.fill(in.device(), Shape.of(n), dtype, 1.5f)));
        unary("cast", dtype, n, 0, x -> Cast.to(x, dtype == DType.F32 ? DType.F16 : DType.F32));
        unary("gelu", dtype, n, approximate, Gelu::exact);
        binary("gelu_backward", dtype, n, approximate, Gelu::exactBackward);
        unary("gelu_tanh", dtype, n, approximate, Gelu::tanhApproximation);
        binary("gelu_tanh_backward", dtype, n, approximate, Gelu::tanhApproximationBackward);
        unary("relu", dtype, n, close, Relu::forward);
        binary("relu_backward", dtype, n, close, Relu::backward);
        unary("tanh", dtype, n, approximate, Tanh::forward);
        binary("tanh_backward", dtype, n, close, Tanh::backward);
        add("dropout " + dtype + " [" + n + "]", close, in -> {
            RandomState state = new RandomState(in.device(), 7);
            return List.of(Dropout.apply(in.normal(dtype, n), 0.1f, state.next()), Dropout.apply(in.normal(dtype, n), 0.1f, state.next()));
        });
    }

    private void rows(DType dtype, int rows, int n) {
        String shape = " " + dtype + " [" + rows + ", " + n + "]";
        double close = tolerance(dtype);
        add("layer_norm" + shape, close, in -> {
            Tensor x = in.normal(dtype, rows, n);
            Tensor gamma = in.normal(DType.F32, n);
            LayerNorm.Result y = LayerNorm.forward(x, gamma, in.normal(DType.F32, n), 1e-12f);
            Tensor dy = in.normal(dtype, rows, n);
            Tensor dgamma = in.normal(DType.F32, n);
            Tensor dbeta = in.normal(DType.F32, n);
            Tensor dx = LayerNorm.backward(x, gamma, y, dy);
            LayerNorm.backwardGammaInto(dgamma, x, y, dy, true);
            SumRows.into(dbeta, dy, false);
            return List.of(y.y(), y.mean(), y.rstd(), dx, dgamma, dbeta);
        });
        add("broadcast" + shape, close, in -> {
            Tensor x = in.normal(dtype, rows, n);
            Tensor b = in.normal(DType.F32, n);
            Tensor sum = Broadcast.add(x, b);
            Tensor product = Broadcast.mul(x, b);
            Broadcast.addInto(x, in.normal(dtype, n));
            Tensor y = in.normal(dtype, rows, n);
            Broadcast.addInto(y, in.normal(DType.F32, n));
            return List.of(sum, product, x, y);
        });
        if (rows <= 207) {
            add("permute" + shape, 0, in -> List.of(Permute.permute(in.normal(dtype, rows, n), 1, 0), Permute.permute(in.normal(dtype, 2, rows, 3, n), 0, 2, 1, 3)));
            add("reduce" + shape, 1e-4, in -> {
                Tensor x = in.normal(dtype, rows, n);
                Tensor max = Reduce.max(x);
                Tensor maxLast = Reduce.maxLast(x);
                return List.of(Reduce.sum(x), Reduce.mean(x), max, Reduce.sumLast(x), Reduce.meanLast(x), maxLast,
                        Reduce.maxBackward(x, max, in.scalar(2f).reshape()), Reduce.maxLastBackward(x, maxLast, in.normal(DType.F32, rows)),
                        Reduce.expandScalar(in.scalar(2f).reshape(), x, 0.5f), Reduce.expandLast(in.normal(DType.F32, rows), x, 0.5f));
            });
        }
        if (dtype == DType.F32) {
            add("softmax" + shape, APPROXIMATE, in -> {
                Tensor x = in.normal(dtype, rows, n);
                Tensor y = Softmax.softmax(x);
                Tensor log = Softmax.logSoftmax(x);
                Tensor dy = in.normal(dtype, rows, n);
                return List.of(y, log, Softmax.softmaxBackward(y, dy), Softmax.logSoftmaxBackward(log, dy));
            });
        }
        add("select_first" + shape, 0, in -> {
            Tensor x = in.normal(dtype, rows, 3, n);
            return List.of(Select.first(x), Select.firstBackward(in.normal(dtype, rows, n), 3));
        });
    }

    private void matmuls(DType dtype) {
        int[][] shapes = {{1, 1, 1}, {5, 7, 3}, {13, 1, 207}, {1, 768, 16}, {16, 1, 768}, {64, 64, 64}, {130, 66, 72}, {384, 768, 768}, {2048, 3072, 768}, {768, 768, 2048}};
        for (int[] s : shapes) {
            for (int layout = 0; layout < 4; layout++) {
                boolean transposeA = (layout & 1) != 0;
                boolean transposeB = (layout & 2) != 0;
                String name = "matmul " + dtype + " " + s[0] + " x " + s[1] + " x " + s[2] + (transposeA ? " A^T" : "") + (transposeB ? " B^T" : "");
                add(name, tolerance(dtype), in -> {
                    Tensor a = transposeA ? in.normal(dtype, s[2], s[0]) : in.normal(dtype, s[0], s[2]);
                    Tensor b = transposeB ? in.normal(dtype, s[1], s[2]) : in.normal(dtype, s[2], s[1]);
                    Tensor c = in.normal(DType.F32, s[0], s[1]);
                    Matmul.matmulInto(c, a, b, transposeA, transposeB, true);
                    Tensor d = Matmul.matmul(a, b, transposeA, transposeB);
                    Broadcast.addInto(d, in.normal(dtype, s[1]));
                    return List.of(c, d, Matmul.matmul(a, b, transposeA, transposeB));
                });
            }
        }
        add("matmul " + dtype + " batched", tolerance(dtype), in -> List.of(
                Matmul.matmul(in.normal(dtype, 3, 2, 24, 64), in.normal(dtype, 3, 2, 40, 64), false, true),
                Matmul.matmul(in.normal(dtype, 6, 24, 40), in.normal(dtype, 6, 40, 5), false, false)));
    }

    private void embeddings(DType dtype, int vocab, int hidden, int tokens) {
        add("embedding " + dtype + " [" + vocab + ", " + hidden + "] at " + tokens, tolerance(dtype), in -> {
            Tensor table = in.normal(DType.F32, vocab, hidden);
            Tensor ids = in.ints(vocab, tokens);
            Tensor few = in.ints(2, tokens);
            Tensor dy = in.normal(dtype, tokens, hidden);
            Tensor gradient = Tensor.zeros(in.device(), Shape.of(vocab, hidden), DType.F32);
            Tensor repeated = in.normal(DType.F32, vocab, hidden);
            Embedding.backwardInto(gradient, ids, dy, false);
            Embedding.backwardInto(repeated, few, dy, true);
            return List.of(Embedding.forward(table, ids, dtype), gradient, repeated);
        });
    }

    private void attention(DType dtype, int batch, int heads, int seq, int d, float p) {
        add("attention " + dtype + " [" + batch + ", " + heads + ", " + seq + ", " + d + "] dropout " + p, Math.max(tolerance(dtype), APPROXIMATE), in -> {
            int hidden = heads * d;
            Tensor q = in.normal(dtype, batch, seq, hidden);
            Tensor k = in.normal(dtype, batch, seq, hidden);
            Tensor v = in.normal(dtype, batch, seq, hidden);
            Tensor mask = in.mask(batch, seq);
            Tensor snapshot = p > 0 ? new RandomState(in.device(), 5).next() : null;
            Attention.Result result = Attention.forward(q, k, v, mask, heads, p, snapshot);
            Attention.Gradients g = Attention.backward(q, k, v, mask, heads, p, snapshot, result, in.normal(dtype, batch, seq, hidden));
            return List.of(result.out(), result.rowMax(), result.rowSum(), g.dq(), g.dk(), g.dv());
        });
    }

    private void ints() {
        for (int rows : new int[] {1, 13, 128}) {
            add("ints [" + rows + ", 5]", 0, in -> {
                Tensor x = in.ints(1000, rows, 5);
                return List.of(Cast.to(Elementwise.copy(x), DType.F32), Cast.to(Permute.permute(x, 1, 0), DType.F32));
            });
        }
    }

    private void mathematics() {
        for (int n : new int[] {1, 207, 4098}) {
            add("mathematics [" + n + "]", APPROXIMATE, in -> {
                Tensor x = in.uniform(DType.F32, 0.1, 3, n);
                Tensor a = in.normal(DType.F32, n);
                Tensor b = in.uniform(DType.F32, 0.5, 2, n);
                return List.of(PointwiseMath.exp(x), PointwiseMath.log(x), PointwiseMath.rsqrt(x), PointwiseMath.reciprocal(x), PointwiseMath.pow(x, 1.7f),
                        PointwiseMath.ratio(a, b), PointwiseMath.addcmul(x, a, b, 0.5f), PointwiseMath.addcdiv(x, a, b, 0.5f));
            });
        }
        for (DType dtype : List.of(DType.F32, DType.F16)) {
            add("pairwise sum " + dtype, HALF, in -> List.of(PairwiseSum.of(in.uniform(dtype, 0, 1, 256))));
        }
    }

    private void losses() {
        for (int n : new int[] {1, 13, 32}) {
            add("losses [" + n + "]", APPROXIMATE, in -> {
                Tensor weights = in.uniform(DType.F32, 0.5, 1, n);
                Tensor logits = in.normal(DType.F32, n);
                Tensor labels = Cast.to(in.ints(2, n), DType.F32);
                Tensor classes = in.normal(DType.F32, n, 5);
                Tensor ids = in.ints(5, n);
                Tensor probabilities = in.uniform(DType.F32, 0.1, 0.9, n);
                Tensor dloss = in.scalar(3f).reshape();
                return List.of(BceWithLogits.forward(logits, labels, weights), BceWithLogits.backward(logits, labels, weights, dloss),
                        CrossEntropy.forward(classes, ids, weights), CrossEntropy.backward(classes, ids, weights, dloss),
                        BinaryCrossEntropy.forward(probabilities, labels, weights), BinaryCrossEntropy.backward(probabilities, labels, weights, dloss));
            });
        }
    }

    private void optimizers() {
        for (boolean overflow : new boolean[] {false, true}) {
            add("optimizers" + (overflow ? " after an overflow" : ""), FLOAT, in -> optimizers(in, overflow));
        }
    }

    private static List<Tensor> optimizers(Inputs in, boolean overflow) {
        Device device = in.device();
        List<Tensor> results = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        int[] sizes = {1, 13, 4096, 5000, 768 * 768};
        for (int n : sizes) {
            gradients.add(in.normal(DType.F32, n));
        }
        if (overflow) {
            float[] values = gradients.get(3).toFloats();
            values[4321] = Float.POSITIVE_INFINITY;
            gradients.get(3).write(values);
        }
        Tensor scale = in.scalar(1024f);
        Tensor tracker = Tensor.ofInts(device, Shape.of(1), 3);
        Tensor found = in.scalar(0f);
        Tensor history = Tensor.zeros(device, Shape.of(10), DType.I32);
        LossScaling.unscale(gradients, LossScaling.inverse(scale), found);
        Tensor clip = overflow ? in.scalar(1f) : Optim.clipCoefficient(Optim.norm(gradients), 1f);
        Tensor step = Tensor.ofInts(device, Shape.of(1), 4);
        Tensor lr = in.scalar(0f);
        Optim.linearRate(lr, step, 1e-3f, 10, 100);
        Optim.incrementStep(step, found);
        for (int i = 0; i < sizes.length; i++) {
            Tensor p = in.normal(DType.F32, sizes[i]);
            Tensor m = in.normal(DType.F32, sizes[i]);
            Tensor v = in.uniform(DType.F32, 0, 1, sizes[i]);
            Optim.adamw(p, gradients.get(i), m, v, lr, step, clip, found, 0.9f, 0.999f, 1e-8f, i % 2 == 0 ? 0.01f : 0f);
            Tensor q = in.normal(DType.F32, sizes[i]);
            Tensor buffer = in.normal(DType.F32, sizes[i]);
            Optim.sgd(q, gradients.get(i), buffer, lr, null, found, 0.9f, true, 0.01f);
            Tensor r = in.normal(DType.F32, sizes[i]);
            Optim.sgd(r, gradients.get(i), null, lr, null, null, 0f, false, 0.01f);
            results.addAll(List.of(p, m, v, q, buffer));
            if (!overflow) {
                results.add(r);
            }
        }
        LossScaling.update(scale, tracker, found, history, 2f, 0.5f, 4);
        Optim.incrementStep(step, null);
        results.addAll(List.of(scale, Cast.to(tracker, DType.F32), found, Cast.to(history, DType.F32), lr, Cast.to(step, DType.F32),
                Optim.hasNonFinite(gradients), clip));
        if (!overflow) {
            results.addAll(gradients);
            results.add(Optim.sumOfSquares(gradients));
        }
        return results;
    }
}
