package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.attention.AttentionVector;
import dev.mixed.engine.ops.random.Philox;
import dev.mixed.engine.ops.softmax.Softmax;
import dev.mixed.engine.ops.softmax.SoftmaxVector;
import java.lang.management.ManagementFactory;
import java.util.Random;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Times the Vector API kernels for matrix products, attention and softmax on one thread at the shapes of BERT.
 *
 * <p>Run with {@code java --add-modules jdk.incubator.vector -cp engine/target/test-classes:engine/target/classes:tornado-env/target/classes
 * dev.mixed.engine.ops.matmul.DenseBenchmark}. CPU time is measured, the best of several rounds, so that other work on the machine matters little.
 */
final class DenseBenchmark {
    private static final int ROUNDS = 9;
    private static final double ROUND_SECONDS = 0.08;

    private DenseBenchmark() {
    }

    public static void main(String[] args) {
        int[][] linear = {{1024, 128, 128}, {1024, 512, 128}, {1024, 128, 512}, {512, 768, 768}, {512, 3072, 768}, {512, 768, 3072}};
        for (int[] s : linear) {
            matmul("NT y = x W^T", s[0], s[1], s[2], 0, 1);
            matmul("NN dx = dy W", s[0], s[2], s[1], 0, 0);
            matmul("TN dW = dy^T x", s[1], s[2], s[0], 1, 0);
        }
        attention(16, 2, 64, 64);
        attention(16, 12, 32, 64);
        attention(4, 12, 128, 64);
        attention(1, 12, 512, 64);
        softmax(2048, 64);
        softmax(6144, 512);
    }

    private static void matmul(String what, int m, int n, int k, int transA, int transB) {
        float[] a = random(m * k);
        float[] b = random(k * n);
        FloatArray x = Numbers.floats(a), y = Numbers.floats(b), c = new FloatArray(m * n);
        HalfFloatArray xh = Numbers.halves(a), yh = Numbers.halves(b), ch = new HalfFloatArray(m * n);
        double flops = 2.0 * m * n * k;
        int half = m / 2;
        double whole = seconds(() -> MatmulVector.matmul(x, y, c, m, n, k, transA, transB, 0, 0, 0, 0, 0, m));
        double slice = seconds(() -> MatmulVector.matmul(x, y, c, m, n, k, transA, transB, 0, 0, 0, 0, half, m - half));
        double halves = seconds(() -> MatmulVector.matmulHalf(xh, yh, ch, m, n, k, transA, transB, 0, 0, 0, 0, half, m - half));
        System.out.printf("matmul %-15s m=%-5d n=%-5d k=%-5d  whole %6.1f GFLOP/s   half of the rows %6.1f   the same in F16 %6.1f%n", what, m, n, k,
                flops / whole / 1e9, flops / 2 / slice / 1e9, flops / 2 / halves / 1e9);
    }

    private static void attention(int batch, int heads, int seq, int d) {
        FloatArray[] x = new FloatArray[8];
        for (int i = 0; i < x.length; i++) {
            x[i] = Numbers.floats(random(batch * heads * seq * d));
        }
        int rows = batch * heads * seq;
        FloatArray mask = new FloatArray(batch * seq), max = new FloatArray(rows), sum = new FloatArray(rows), delta = new FloatArray(rows);
        IntArray random = new IntArray(4);
        float scale = (float) (1 / Math.sqrt(d));
        double unit = 2.0 * rows * seq * d;
        for (float p : new float[] {0f, 0.1f}) {
            int t = Philox.keepThreshold(p);
            float keep = Philox.keepScale(p);
            double forward = seconds(() -> AttentionVector.attention(x[0], x[1], x[2], mask, random, x[3], max, sum, heads, seq, d, scale, t, keep, 0, rows));
            double query = seconds(() -> AttentionVector.backwardQuery(x[0], x[1], x[2], mask, random, max, sum, x[3], x[4], x[5], delta, heads, seq, d, scale, t, keep, 0, rows));
            double keyValue = seconds(() -> AttentionVector.backwardKeyValue(x[0], x[1], x[2], mask, random, max, sum, delta, x[4], x[6], x[7], heads, seq, d, scale, t, keep, 0, rows));
            System.out.printf("attention batch=%-3d heads=%-3d seq=%-4d d=%-3d p=%.1f  forward %6.2f ms (%5.1f GFLOP/s)   dq %6.2f ms (%5.1f)   dk, dv %6.2f ms (%5.1f)%n",
                    batch, heads, seq, d, p, forward * 1e3, 2 * unit / forward / 1e9, query * 1e3, 3 * unit / query / 1e9, keyValue * 1e3, 4 * unit / keyValue / 1e9);
        }
    }

    private static void softmax(int rows, int n) {
        FloatArray x = Numbers.floats(random(rows * n)), y = new FloatArray(rows * n), dx = new FloatArray(rows * n);
        double forward = seconds(() -> SoftmaxVector.softmaxRows(x, y, n, 0, rows));
        double reference = seconds(() -> Softmax.softmaxRows(x, y, n, 0, rows));
        double backward = seconds(() -> SoftmaxVector.softmaxBackwardRows(y, x, dx, n, 0, rows));
        System.out.printf("softmax [%d, %d]  forward %.2f ns/element (reference %.2f)   backward %.2f%n", rows, n, forward * 1e9 / rows / n,
                reference * 1e9 / rows / n, backward * 1e9 / rows / n);
    }

    private static float[] random(int size) {
        return Numbers.normal(new Random(size), size, 1, true);
    }

    /** CPU seconds of one call. */
    private static double seconds(Runnable call) {
        var threads = ManagementFactory.getThreadMXBean();
        double best = Double.POSITIVE_INFINITY;
        for (int round = 0; round < ROUNDS; round++) {
            long start = threads.getCurrentThreadCpuTime();
            int calls = 0;
            double spent;
            do {
                call.run();
                calls++;
                spent = (threads.getCurrentThreadCpuTime() - start) * 1e-9;
            } while (spent < ROUND_SECONDS);
            best = Math.min(best, spent / calls);
        }
        return best;
    }
}
