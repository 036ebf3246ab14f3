// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.VectorWidth;
import dev.mixed.engine.ops.random.Philox;
import dev.mixed.engine.ops.random.RandomState;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class AttentionTest {
    static final int[] SNAPSHOT = {123, -456, 789, 1};

    /** One problem, its float64 solution, and the kernels to solve it with. */
    static final class Problem {
        final int batch, heads, seq, d, hidden;
        final float p;
        final float[] q, k, v, dout, mask;

        Problem(int batch, int heads, int seq, int d, float p, boolean half) {
            this.batch = batch;
            this.heads = heads;
            this.seq = seq;
            this.d = d;
            this.hidden = heads * d;
            this.p = p;
            Random random = new Random(batch + 10L * heads + 100L * seq + 1000L * d);
            int size = batch * seq * hidden;
            q = Numbers.normal(random, size, 1.5, half);
            k = Numbers.normal(random, size, 1.5, half);
            v = Numbers.normal(random, size, 1, half);
            dout = Numbers.normal(random, size, 1, half);
            mask = new float[batch * seq];
            for (int b = 0; b < batch; b++) {
                // Ragged lengths as in a padded batch; the last of several texts is padding from its first token on.
                int length = b > 0 && b == batch - 1 ? 0 : seq - b % 3 * seq / 4;
                Arrays.fill(mask, b * seq + length, (b + 1) * seq, -Float.MAX_VALUE);
            }
        }

        double keep(int row, int j) {
            if (p == 0f) {
                return 1;
            }
            return Philox.keep(SNAPSHOT[0], SNAPSHOT[1], SNAPSHOT[2], SNAPSHOT[3], row * seq + j, Philox.keepThreshold(p)) ? Philox.keepScale(p) : 0;
        }

        /** Element c of row i of head (b, h) in [batch, seq, hidden]. */
        int at(int b, int h, int i, int c) {
            return (b * seq + i) * hidden + h * d + c;
        }

        double[] probabilities(double[] q, double[] k, int b, int h, int i) {
            double[] s = new double[seq];
            double max = Double.NEGATIVE_INFINITY, sum = 0;
            for (int j = 0; j < seq; j++) {
                for (int c = 0; c < d; c++) {
                    s[j] += q[at(b, h, i, c)] * k[at(b, h, j, c)] / Math.sqrt(d);
                }
                s[j] += mask[b * seq + j];
                max = Math.max(max, s[j]);
            }
            for (int j = 0; j < seq; j++) {
                s[j] = Math.exp(s[j] - max);
                sum += s[j];
            }
            for (int j = 0; j < seq; j++) {
                s[j] /= sum;
            }
            return s;
        }

        double[] out(double[] q, double[] k, double[] v) {
            double[] out = new double[q.length];
            eachRow((b, h, i) -> {
                double[] probabilities = probabilities(q, k, b, h, i);
                for (int j = 0; j < seq; j++) {
                    for (int c = 0; c < d; c++) {
                        out[at(b, h, i, c)] += probabilities[j] * keep((b * heads + h) * seq + i, j) * v[at(b, h, j, c)];
                    }
                }
            });
            return out;
        }

        /** dq, dk, dv by the softmax gradient written out, sum over keys and all. */
        double[][] gradients() {
            double[] q = doubles(this.q), k = doubles(this.k);
            double[][] g = new double[3][q.length];
            eachRow((b, h, i) -> {
                double[] probabilities = probabilities(q, k, b, h, i), dp = new double[seq];
                double mean = 0;
                for (int j = 0; j < seq; j++) {
                    double kept = keep((b * heads + h) * seq + i, j);
                    for (int c = 0; c < d; c++) {
                        dp[j] += kept * dout[at(b, h, i, c)] * v[at(b, h, j, c)];
                        g[2][at(b, h, j, c)] += probabilities[j] * kept * dout[at(b, h, i, c)];
                    }
                    mean += probabilities[j] * dp[j];
                }
                for (int j = 0; j < seq; j++) {
                    double ds = probabilities[j] * (dp[j] - mean) / Math.sqrt(d);
                    for (int c = 0; c < d; c++) {
                        g[0][at(b, h, i, c)] += ds * k[at(b, h, j, c)];
                        g[1][at(b, h, j, c)] += ds * q[at(b, h, i, c)];
                    }
                }
            });
            return g;
        }

        private interface Row {
            void at(int b, int h, int i);
        }

        private void eachRow(Row row) {
            for (int b = 0; b < batch; b++) {
                for (int h = 0; h < heads; h++) {
                    for (int i = 0; i < seq; i++) {
                        row.at(b, h, i);
                    }
                }
            }
        }

        /** out, rowMax, rowSum, dq, dk, dv by the kernels. */
        float[][] run(boolean tuned, IntBinaryOperator slicing) {
            FloatArray qs = Numbers.floats(q), ks = Numbers.floats(k), vs = Numbers.floats(v), ms = Numbers.floats(mask), dy = Numbers.floats(dout);
            IntArray random = new IntArray(4);
            for (int i = 0; i < 4; i++) {
                random.set(i, SNAPSHOT[i]);
            }
            int rows = batch * heads * seq, t = Philox.keepThreshold(p);
            float scale = (float) (1 / Math.sqrt(d)), keepScale = Philox.keepScale(p);
            FloatArray out = new FloatArray(q.length), max = new FloatArray(rows), sum = new FloatArray(rows), delta = new FloatArray(rows);
            FloatArray dq = new FloatArray(q.length), dk = new FloatArray(q.length), dv = new FloatArray(q.length);
            if (tuned) {
                Numbers.inSlices(rows, slicing,
                        (from, count) -> AttentionVector.attention(qs, ks, vs, ms, random, out, max, sum, heads, seq, d, scale, t, keepScale, from, count));
                Numbers.inSlices(rows, slicing, (from, count) -> AttentionVector.backwardQuery(
                        qs, ks, vs, ms, random, max, sum, out, dy, dq, delta, heads, seq, d, scale, t, keepScale, from, count));
                Numbers.inSlices(rows, slicing, (from, count) -> AttentionVector.backwardKeyValue(
                        qs, ks, vs, ms, random, max, sum, delta, dy, dk, dv, heads, seq, d, scale, t, keepScale, from, count));
            } else {
                Numbers.inSlices(rows, slicing,
                        (from, count) -> Attention.attention(qs, ks, vs, ms, random, out, max, sum, heads, seq, d, scale, t, keepScale, from, count));
                Numbers.inSlices(rows, slicing, (from, count) -> Attention.backwardQuery(
                        qs, ks, vs, ms, random, max, sum, out, dy, dq, delta, heads, seq, d, scale, t, keepScale, from, count));
                Numbers.inSlices(rows, slicing, (from, count) -> Attention.backwardKeyValue(
                        qs, ks, vs, ms, random, max, sum, delta, dy, dk, dv, heads, seq, d, scale, t, keepScale, from, count));
            }
            return new float[][] {Numbers.values(out), Numbers.values(max), Numbers.values(sum), Numbers.values(dq), Numbers.values(dk), Numbers.values(dv)};
        }
    }

    static double[] doubles(float[] x) {
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i];
        }
        return y;
    }

    private static final String[] NAMES = {"out", "rowMax", "rowSum", "dq", "dk", "dv"};

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "2, 1, 3, 4", "1, 2, 7, 5", "3, 2, 13, 8", "1, 3, 17, 16", "2, 2, 33, 12", "1, 1, 127, 3", "1, 1, 207, 5", "1, 1, 64, 64",
        "1, 2, 32, 64", "1, 1, 130, 20"})
    void kernelsAgainstFloat64(int batch, int heads, int seq, int d) {
        checkKernels(batch, heads, seq, d);
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void vectorsOfAnyLength(int bits) throws ReflectiveOperationException {
        VectorWidth.run(bits, AttentionTest.class, "checkKernels", 2, 1, 13, 5);
    }

    static void checkKernels(int batch, int heads, int seq, int d) {
        for (float p : new float[] {0f, 0.3f}) {
            Problem problem = new Problem(batch, heads, seq, d, p, false);
            double[] out = problem.out(doubles(problem.q), doubles(problem.k), doubles(problem.v));
            double[][] gradients = problem.gradients();
            for (boolean tuned : new boolean[] {false, true}) {
                String what = (tuned ? "tuned " : "reference ") + "p=" + p + " ";
                float[][] results = problem.run(tuned, Numbers.SLICINGS.getFirst());
                Numbers.assertClose(out, 1e-5, 1, results[0], what + "out");
                for (int g = 0; g < 3; g++) {
                    Numbers.assertClose(gradients[g], 3e-5, 1, results[3 + g], what + NAMES[3 + g]);
                }
                for (IntBinaryOperator slicing : Numbers.SLICINGS) {
                    float[][] sliced = problem.run(tuned, slicing);
                    for (int i = 0; i < NAMES.length; i++) {
                        Numbers.assertSameBits(results[i], sliced[i], what + NAMES[i]);
                    }
                }
            }
        }
    }

    @Test
    void gradientsByFiniteDifferences() {
        Problem problem = new Problem(2, 2, 5, 3, 0.3f, false);
        // No fully masked rows: there the mask swallows the scores, and differences see a constant where the gradient formula does not.
        Arrays.fill(problem.mask, 0f);
        problem.mask[1] = -1.5f;
        problem.mask[7] = -Float.MAX_VALUE;
        double[][] inputs = {doubles(problem.q), doubles(problem.k), doubles(problem.v)};
        for (boolean tuned : new boolean[] {false, true}) {
            float[][] results = problem.run(tuned, Numbers.SLICINGS.getFirst());
            for (int x = 0; x < 3; x++) {
                for (int i = 0; i < problem.q.length; i++) {
                    double old = inputs[x][i], h = 1e-5;
                    inputs[x][i] = old + h;
                    double up = loss(problem, inputs);
                    inputs[x][i] = old - h;
                    double down = loss(problem, inputs);
                    inputs[x][i] = old;
                    assertEquals((up - down) / (2 * h), results[3 + x][i], 2e-5, NAMES[3 + x] + "[" + i + "]");
                }
            }
        }
    }

    private static double loss(Problem problem, double[][] inputs) {
        double[] out = problem.out(inputs[0], inputs[1], inputs[2]);
        double sum = 0;
        for (int i = 0; i < out.length; i++) {
            sum += out[i] * problem.dout[i];
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 16, 70})
    void aFullyMaskedRowAttendsToAllKeysAlike(int seq) {
        Problem problem = new Problem(1, 1, seq, 4, 0f, false);
        Arrays.fill(problem.mask, -Float.MAX_VALUE);
        for (boolean tuned : new boolean[] {false, true}) {
            float[][] results = problem.run(tuned, Numbers.SLICINGS.getFirst());
            for (int c = 0; c < 4; c++) {
                double mean = 0;
                for (int j = 0; j < seq; j++) {
                    mean += problem.v[j * 4 + c] / (double) seq;
                }
                for (int i = 0; i < seq; i++) {
                    assertEquals(mean, results[0][i * 4 + c], 1e-6);
                }
            }
            double[][] gradients = problem.gradients();
            for (int g = 0; g < 3; g++) {
                Numbers.assertClose(gradients[g], 1e-5, 1, results[3 + g], NAMES[3 + g]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 16, 70})
    void aMaskOfMinusInfinityEverywhereGivesZeros(int seq) {
        Problem problem = new Problem(1, 1, seq, 4, 0f, false);
        Arrays.fill(problem.mask, Float.NEGATIVE_INFINITY);
        for (boolean tuned : new boolean[] {false, true}) {
            float[][] results = problem.run(tuned, Numbers.SLICINGS.getFirst());
            for (int i : new int[] {0, 3, 4, 5}) {
                for (float v : results[i]) {
                    assertEquals(0f, v, NAMES[i]);
                }
            }
        }
    }

    @Test
    void maskedKeysGetNothingWhateverTheyHoldAndNaNStaysInItsRow() {
        Problem problem = new Problem(1, 2, 20, 4, 0f, false);
        Arrays.fill(problem.mask, 12, 20, -Float.MAX_VALUE);
        for (boolean tuned : new boolean[] {false, true}) {
            float[] clean = problem.run(tuned, Numbers.SLICINGS.getFirst())[0];
            float old = problem.k[15 * 8], oldQuery = problem.q[3 * 8];
            problem.k[15 * 8] = 1e6f;
            Numbers.assertSameBits(clean, problem.run(tuned, Numbers.SLICINGS.getFirst())[0], "out");
            problem.k[15 * 8] = old;
            problem.q[3 * 8] = Float.NaN;
            float[] out = problem.run(tuned, Numbers.SLICINGS.getFirst())[0];
            problem.q[3 * 8] = oldQuery;
            for (int i = 0; i < out.length; i++) {
                assertEquals(i / 8 == 3 && i % 8 < 4, Float.isNaN(out[i]), "out[" + i + "]");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"F32", "F16"})
    void tensorsOnAllDevices(DType dtype) {
        boolean half = dtype == DType.F16;
        Problem problem = new Problem(3, 2, 21, 16, 0.1f, half);
        double[] expected = problem.out(doubles(problem.q), doubles(problem.k), doubles(problem.v));
        double[][] gradients = problem.gradients();
        Shape shape = Shape.of(3, 21, 32);
        for (Device device : new Device[] {JvmDevice.open(2), JvmDevice.open(1), JvmDevice.reference()}) {
            Tensor q = Tensor.of(device, shape, dtype, problem.q), k = Tensor.of(device, shape, dtype, problem.k),
                    v = Tensor.of(device, shape, dtype, problem.v);
            Tensor mask = Tensor.of(device, Shape.of(3, 21), problem.mask), snapshot = Tensor.ofInts(device, Shape.of(4), SNAPSHOT);
            Attention.Result result = Attention.forward(q, k, v, mask, 2, 0.1f, snapshot);
            assertEquals(dtype, result.out().dtype());
            Numbers.assertClose(expected, half ? 1e-3 : 1e-5, 1, result.out().toFloats(), "out");
            Attention.Gradients g = Attention.backward(q, k, v, mask, 2, 0.1f, snapshot, result, Tensor.of(device, shape, dtype, problem.dout));
            Tensor[] actual = {g.dq(), g.dk(), g.dv()};
            for (int i = 0; i < 3; i++) {
                assertEquals(dtype, actual[i].dtype());
                Numbers.assertClose(gradients[i], half ? 3e-3 : 3e-5, 1, actual[i].toFloats(), NAMES[3 + i]);
            }
            device.close();
        }
    }

    @Test
    void withoutDropoutNoSnapshotIsNeededAndSnapshotsMatterWithIt() {
        Problem problem = new Problem(1, 2, 9, 4, 0f, false);
        try (Device device = JvmDevice.open(1)) {
            Shape shape = Shape.of(1, 9, 8);
            Tensor q = Tensor.of(device, shape, problem.q), k = Tensor.of(device, shape, problem.k), v = Tensor.of(device, shape, problem.v);
            Tensor mask = Tensor.zeros(device, Shape.of(1, 9), DType.F32);
            float[] plain = Attention.forward(q, k, v, mask, 2, 0f, null).out().toFloats();
            Numbers.assertClose(problem.out(doubles(problem.q), doubles(problem.k), doubles(problem.v)), 1e-5, 1, plain, "out");
            RandomState random = new RandomState(device, 42);
            float[] one = Attention.forward(q, k, v, mask, 2, 0.5f, random.next()).out().toFloats();
            float[] two = Attention.forward(q, k, v, mask, 2, 0.5f, random.next()).out().toFloats();
            assertFalse(Arrays.equals(plain, one));
            assertFalse(Arrays.equals(one, two));
            random.seed(42);
            assertTrue(Arrays.equals(one, Attention.forward(q, k, v, mask, 2, 0.5f, random.next()).out().toFloats()));
        }
    }

    @Test
    void argumentsThatDoNotFitAreRefused() {
        try (Device device = JvmDevice.open(1)) {
            Tensor q = Tensor.zeros(device, Shape.of(2, 3, 8), DType.F32), mask = Tensor.zeros(device, Shape.of(2, 3), DType.F32);
            Tensor halves = Tensor.zeros(device, Shape.of(2, 3, 8), DType.F16), shorter = Tensor.zeros(device, Shape.of(2, 2, 8), DType.F32);
            assertThrows(IllegalArgumentException.class, () -> Attention.forward(q, q, q, mask, 3, 0f, null));
            assertThrows(IllegalArgumentException.class, () -> Attention.forward(q, q, q, mask, 0, 0f, null));
            assertThrows(IllegalArgumentException.class, () -> Attention.forward(q, q, q, mask, 2, 0.1f, null));
            assertThrows(IllegalArgumentException.class, () -> Attention.forward(q, q, q, mask, 2, -0.1f, null));
            assertThrows(IllegalArgumentException.class, () -> Attention.forward(q, q, q, q, 2, 0f, null));
            assertThrows(IllegalArgumentException.class, () -> Attention.forward(q, q, halves, mask, 2, 0f, null));
            assertThrows(IllegalArgumentException.class, () -> Attention.forward(q, shorter, shorter, mask, 2, 0f, null));
            Attention.Result result = Attention.forward(q, q, q, mask, 2, 0f, null);
            assertThrows(IllegalArgumentException.class, () -> Attention.backward(q, q, q, mask, 2, 0f, null, result, halves));
        }
    }
}
