// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import dev.mixed.engine.ops.attention.AttentionVector;
import dev.mixed.engine.ops.random.Philox;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The Vector API kernels for attention on one thread. */
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 9, time = 80, timeUnit = TimeUnit.MILLISECONDS)
public class AttentionBenchmark {
    /** Batch, heads, length and size of a head. */
    @Param({"16x2x64x64", "16x12x32x64", "4x12x128x64", "1x12x512x64"})
    public String shape;

    /** Probability of dropping a weight. */
    @Param({"0", "0.1"})
    public float dropout;

    private int heads;
    private int seq;
    private int d;
    private int rows;
    private int threshold;
    private float scale;
    private float keep;
    private double gflop;
    private FloatArray[] x;
    private FloatArray mask;
    private FloatArray max;
    private FloatArray sum;
    private FloatArray delta;
    private IntArray random;

    /** Makes the operands, with a forward pass for those that the backward kernels read. */
    @Setup
    public void operands() {
        int[] s = Inputs.sizes(shape);
        heads = s[1];
        seq = s[2];
        d = s[3];
        rows = s[0] * heads * seq;
        x = new FloatArray[8];
        for (int i = 0; i < x.length; i++) {
            x[i] = Inputs.floats(rows * d);
        }
        mask = new FloatArray(s[0] * seq);
        max = new FloatArray(rows);
        sum = new FloatArray(rows);
        delta = new FloatArray(rows);
        random = new IntArray(4);
        threshold = Philox.keepThreshold(dropout);
        keep = Philox.keepScale(dropout);
        scale = (float) (1 / Math.sqrt(d));
        gflop = 2e-9 * rows * seq * d;
        AttentionVector.attention(x[0], x[1], x[2], mask, random, x[3], max, sum, heads, seq, d, scale, threshold, keep, 0, rows);
    }

    /** The output. */
    @Benchmark
    public void forward(Arithmetic done) {
        AttentionVector.attention(x[0], x[1], x[2], mask, random, x[3], max, sum, heads, seq, d, scale, threshold, keep, 0, rows);
        done.gflop += 2 * gflop;
    }

    /** The gradient of the queries. */
    @Benchmark
    public void backwardQuery(Arithmetic done) {
        AttentionVector.backwardQuery(x[0], x[1], x[2], mask, random, max, sum, x[3], x[4], x[5], delta, heads, seq, d, scale, threshold, keep, 0, rows);
        done.gflop += 3 * gflop;
    }

    /** The gradients of the keys and values. */
    @Benchmark
    public void backwardKeyValue(Arithmetic done) {
        AttentionVector.backwardKeyValue(x[0], x[1], x[2], mask, random, max, sum, delta, x[4], x[6], x[7], heads, seq, d, scale, threshold, keep, 0, rows);
        done.gflop += 4 * gflop;
    }
}
