// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The ops' formulas in float64, written down without regard to speed; arrays are row-major. */
final class Reference {
    private Reference() {
    }

    static double[] map(double[] x, DoubleUnaryOperator f) {
        double[] y = new double[x.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = f.applyAsDouble(x[i]);
        }
        return y;
    }

    /** a + factor b, with b repeated over a's leading dims. */
    static double[] add(double[] a, double[] b, double factor) {
        double[] y = a.clone();
        for (int i = 0; i < y.length; i++) {
            y[i] += factor * b[i % b.length];
        }
        return y;
    }

    /** a * b, with b repeated over a's leading dims. */
    static double[] mul(double[] a, double[] b) {
        double[] y = a.clone();
        for (int i = 0; i < y.length; i++) {
            y[i] *= b[i % b.length];
        }
        return y;
    }

    /**
     * Batched op(a) op(b), op a transpose of the stored matrix or nothing.
     *
     * @param shared whether all entries of the batch use one b
     */
    static double[] matmul(double[] a, double[] b, int batch, int m, int n, int k, boolean transA, boolean transB, boolean shared) {
        double[] c = new double[batch * m * n];
        for (int z = 0; z < batch; z++) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int p = 0; p < k; p++) {
                        double left = a[z * m * k + (transA ? p * m + i : i * k + p)];
                        double right = b[(shared ? 0 : z * k * n) + (transB ? j * k + p : p * n + j)];
                        sum += left * right;
                    }
                    c[(z * m + i) * n + j] = sum;
                }
            }
        }
        return c;
    }

    /** By the series 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 3 5 .. (2n+1)), whose terms all have one sign. */
    static double erf(double x) {
        if (Math.abs(x) > 6) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    static double gelu(double x) {
        return x * 0.5 * (1 + erf(x / Math.sqrt(2)));
    }

    static double geluTanh(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    static double[] logSoftmax(double[] x, int n) {
        double[] y = new double[x.length];
        for (int row = 0; row < x.length; row += n) {
            double max = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < n; j++) {
                max = Math.max(max, x[row + j]);
            }
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += Math.exp(x[row + j] - max);
            }
            for (int j = 0; j < n; j++) {
                y[row + j] = x[row + j] - max - Math.log(sum);
            }
        }
        return y;
    }

    static double[] softmax(double[] x, int n) {
        return map(logSoftmax(x, n), Math::exp);
    }

    static double[] layerNorm(double[] x, double[] gamma, double[] beta, double eps) {
        int n = gamma.length;
        double[] y = new double[x.length];
        for (int row = 0; row < x.length; row += n) {
            double mean = 0;
            for (int j = 0; j < n; j++) {
                mean += x[row + j] / n;
            }
            double variance = 0;
            for (int j = 0; j < n; j++) {
                variance += (x[row + j] - mean) * (x[row + j] - mean) / n;
            }
            for (int j = 0; j < n; j++) {
                y[row + j] = (x[row + j] - mean) / Math.sqrt(variance + eps) * gamma[j] + beta[j];
            }
        }
        return y;
    }

    static double[] embedding(double[] weight, double[] ids, int hidden) {
        double[] y = new double[ids.length * hidden];
        for (int t = 0; t < ids.length; t++) {
            System.arraycopy(weight, ((int) ids[t]) * hidden, y, t * hidden, hidden);
        }
        return y;
    }

    /** factor times the sum of each run of n elements. */
    static double[] sums(double[] x, int n, double factor) {
        double[] y = new double[x.length / n];
        for (int i = 0; i < x.length; i++) {
            y[i / n] += factor * x[i];
        }
        return y;
    }

    /** The maximum of each run of n elements. */
    static double[] maxima(double[] x, int n) {
        double[] y = map(new double[x.length / n], zero -> Double.NEGATIVE_INFINITY);
        for (int i = 0; i < x.length; i++) {
            y[i / n] = Math.max(y[i / n], x[i]);
        }
        return y;
    }

    /** Sums over the named dims of x, over all if none is named. */
    static double[] sumDims(double[] x, Shape shape, int... dims) {
        return reduceDims(x, shape, dims, 0, Double::sum);
    }

    /** Maxima over the named dims of x, over all if none is named. */
    static double[] maxDims(double[] x, Shape shape, int... dims) {
        return reduceDims(x, shape, dims, Double.NEGATIVE_INFINITY, Math::max);
    }

    private static double[] reduceDims(double[] x, Shape shape, int[] dims, double empty, DoubleBinaryOperator op) {
        int[] left = shape.toArray();
        for (int d = 0; d < left.length; d++) {
            int dim = d;
            if (dims.length == 0 || Arrays.stream(dims).anyMatch(named -> Math.floorMod(named, left.length) == dim)) {
                left[d] = 1;
            }
        }
        double[] y = map(new double[Shape.of(left).elements()], zero -> empty);
        for (int e = 0; e < x.length; e++) {
            int to = expandedFrom(e, shape, Shape.of(left));
            y[to] = op.applyAsDouble(y[to], x[e]);
        }
        return y;
    }

    /** op(a, b) of the first two inputs, broadcast to one shape. */
    static double[] broadcast(ReferenceInputs x, DoubleBinaryOperator op) {
        Shape a = x.shapes().get(0);
        Shape b = x.shapes().get(1);
        int[] dims = new int[Math.max(a.rank(), b.rank())];
        for (int i = 1; i <= dims.length; i++) {
            dims[dims.length - i] = Math.max(i <= a.rank() ? a.dim(-i) : 1, i <= b.rank() ? b.dim(-i) : 1);
        }
        Shape shape = Shape.of(dims);
        double[] y = new double[shape.elements()];
        for (int e = 0; e < y.length; e++) {
            y[e] = op.applyAsDouble(x.get(0)[expandedFrom(e, shape, a)], x.get(1)[expandedFrom(e, shape, b)]);
        }
        return y;
    }

    /** The element of a tensor of shape {@code small} that broadcasting puts at element e of shape {@code large}. */
    static int expandedFrom(int e, Shape large, Shape small) {
        int rest = e;
        int from = 0;
        int stride = 1;
        for (int i = 1; i <= small.rank(); i++) {
            from += rest % large.dim(-i) % small.dim(-i) * stride;
            stride *= small.dim(-i);
            rest /= large.dim(-i);
        }
        return from;
    }

    /** torch.permute: walks the result in order and looks each index up in x. */
    static double[] permute(double[] x, int[] dims, int[] axes) {
        int rank = dims.length;
        double[] y = new double[x.length];
        int[] at = new int[rank];
        for (int e = 0; e < y.length; e++) {
            int rest = e;
            for (int i = rank - 1; i >= 0; i--) {
                at[axes[i]] = rest % dims[axes[i]];
                rest /= dims[axes[i]];
            }
            int source = 0;
            for (int i = 0; i < rank; i++) {
                source = source * dims[i] + at[i];
            }
            y[e] = x[source];
        }
        return y;
    }

    /** Python's x[start:end] along a dim: walks x and keeps what is inside. */
    static double[] slice(double[] x, int[] dims, int dim, int start, int end) {
        int n = dims[dim];
        int inner = Arrays.stream(dims).skip(dim + 1L).reduce(1, (a, b) -> a * b);
        int from = start < 0 ? Math.max(0, start + n) : start;
        int to = end < 0 ? end + n : Math.min(end, n);
        return IntStream.range(0, x.length).filter(e -> e / inner % n >= from && e / inner % n < to).mapToDouble(e -> x[e]).toArray();
    }

    /** Each part's run of elements in turn, {@code outer} times. */
    static double[] cat(List<double[]> parts, int outer) {
        return IntStream.range(0, outer).boxed().flatMapToDouble(o -> parts.stream().flatMapToDouble(
                p -> Arrays.stream(p, o * (p.length / outer), (o + 1) * (p.length / outer)))).toArray();
    }

    /** torch.gather: each place of the index with its own value for the dim. */
    static double[] gather(double[] x, int[] dims, int dim, double[] index, int[] indexDims) {
        double[] y = new double[index.length];
        for (int e = 0; e < y.length; e++) {
            int rest = e;
            int from = 0;
            int stride = 1;
            for (int i = dims.length - 1; i >= 0; i--) {
                from += (i == dim ? (int) index[e] : rest % indexDims[i]) * stride;
                stride *= dims[i];
                rest /= indexDims[i];
            }
            y[e] = x[from];
        }
        return y;
    }

    static double[] selectFirst(double[] x, int batch, int seq, int hidden) {
        double[] y = new double[batch * hidden];
        for (int b = 0; b < batch; b++) {
            System.arraycopy(x, b * seq * hidden, y, b * hidden, hidden);
        }
        return y;
    }

    /**
     * Multi-head attention.
     *
     * @param mask    [batch, seq], added to the scores of each key
     * @param factors dropout factors [batch, heads, seq, seq] for the probabilities, or null
     */
    static double[] attention(double[] q, double[] k, double[] v, double[] mask, double @Nullable [] factors, int batch, int seq, int heads, int d) {
        int hidden = heads * d;
        double[] out = new double[batch * seq * hidden];
        double[] scores = new double[seq];
        for (int b = 0; b < batch; b++) {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < seq; i++) {
                    int query = (b * seq + i) * hidden + h * d;
                    for (int j = 0; j < seq; j++) {
                        double dot = 0;
                        for (int c = 0; c < d; c++) {
                            dot += q[query + c] * k[(b * seq + j) * hidden + h * d + c];
                        }
                        scores[j] = dot / Math.sqrt(d) + mask[b * seq + j];
                    }
                    double[] p = softmax(scores, seq);
                    for (int j = 0; j < seq; j++) {
                        double weight = p[j] * (factors == null ? 1 : factors[((b * heads + h) * seq + i) * seq + j]);
                        for (int c = 0; c < d; c++) {
                            out[query + c] += weight * v[(b * seq + j) * hidden + h * d + c];
                        }
                    }
                }
            }
        }
        return out;
    }

    /**
     * Multi-head attention within each text of q, k, v [tokens, hidden]; zeros for tokens behind the last.
     *
     * @param starts  [texts + 1]
     * @param factors dropout factors [tokens heads, maxLength] for the probabilities, or null: query i of head h of text t has row starts[t] heads + h
     *                length + i
     */
    static double[] varlenAttention(double[] q, double[] k, double[] v, int[] starts, double @Nullable [] factors, int maxLength, int heads, int d) {
        int hidden = heads * d;
        double[] out = new double[q.length];
        for (int t = 0; t + 1 < starts.length; t++) {
            int from = starts[t] * hidden;
            int to = starts[t + 1] * hidden;
            int length = starts[t + 1] - starts[t];
            double[] own = factors == null ? null : new double[heads * length * length];
            for (int r = 0; own != null && r < heads * length; r++) {
                System.arraycopy(factors, (starts[t] * heads + r) * maxLength, own, r * length, length);
            }
            double[] text = attention(Arrays.copyOfRange(q, from, to), Arrays.copyOfRange(k, from, to), Arrays.copyOfRange(v, from, to), new double[length],
                    own, 1, length, heads, d);
            System.arraycopy(text, 0, out, from, text.length);
        }
        return out;
    }

    /** The first of each text's tokens in x [tokens, hidden], or zeros for a text of none. */
    static double[] firstOfTexts(double[] x, int[] starts, int hidden) {
        double[] y = new double[(starts.length - 1) * hidden];
        for (int t = 0; t + 1 < starts.length; t++) {
            if (starts[t] < starts[t + 1]) {
                System.arraycopy(x, starts[t] * hidden, y, t * hidden, hidden);
            }
        }
        return y;
    }

    /** The mean of the elements' squares. */
    static double meanSquare(double[] x) {
        return Arrays.stream(x).map(v -> v * v).average().orElseThrow();
    }

    /** sum(w (logsumexp(x) - x[label])) / sum(w). */
    static double crossEntropy(double[] logits, double[] labels, double[] weights) {
        int classes = logits.length / labels.length;
        double[] logP = logSoftmax(logits, classes);
        double sum = 0;
        double total = 0;
        for (int b = 0; b < labels.length; b++) {
            sum -= weights[b] * logP[b * classes + (int) labels[b]];
            total += weights[b];
        }
        return sum / total;
    }

    /** sum(w ((1 - e) v[y] l[y] + e / C sum(v l))) / sum(w v[y]) with l = logsumexp(x) - x. */
    static double smoothedCrossEntropy(double[] logits, double[] labels, double[] weights, double[] classWeights, double smoothing) {
        int classes = logits.length / labels.length;
        double[] logP = logSoftmax(logits, classes);
        double sum = 0;
        double total = 0;
        for (int b = 0; b < labels.length; b++) {
            int label = (int) labels[b];
            double all = 0;
            for (int c = 0; c < classes; c++) {
                all -= classWeights[c] * logP[b * classes + c];
            }
            sum += weights[b] * (smoothing / classes * all - (1 - smoothing) * classWeights[label] * logP[b * classes + label]);
            total += weights[b] * classWeights[label];
        }
        return sum / total;
    }

    /** sum(w -(y log s(x) + (1 - y) log s(-x))) / sum(w) with the logistic function s. */
    static double binaryCrossEntropy(double[] logits, double[] labels, double[] weights) {
        double sum = 0;
        double total = 0;
        for (int b = 0; b < labels.length; b++) {
            double x = logits[b];
            sum += weights[b] * (labels[b] * Math.log1p(Math.exp(-x)) + (1 - labels[b]) * Math.log1p(Math.exp(x)));
            total += weights[b];
        }
        return sum / total;
    }

    static double binaryCrossEntropyOfProbabilities(double[] p, double[] labels, double[] weights) {
        double sum = 0;
        double total = 0;
        for (int b = 0; b < labels.length; b++) {
            sum -= weights[b] * (labels[b] * Math.log(p[b]) + (1 - labels[b]) * Math.log1p(-p[b]));
            total += weights[b];
        }
        return sum / total;
    }
}
