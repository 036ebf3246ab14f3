// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import dev.mixed.engine.ops.matmul.MatmulVector;
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
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** The Vector API kernels for matrix products on one thread at the shapes of BERT. */
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 9, time = 80, timeUnit = TimeUnit.MILLISECONDS)
public class MatmulBenchmark {
    /** What is multiplied, with the rows, inner dimension and columns of a layer's y = x W^T. */
    public enum Layout {
        /** y = x W^T. */
        NT,
        /** dx = dy W. */
        NN,
        /** dW = dy^T x. */
        TN
    }

    /** Rows of x, rows of W and columns of both. */
    @Param({"1024x128x128", "1024x512x128", "1024x128x512", "512x768x768", "512x3072x768", "512x768x3072"})
    public String layer;

    /** The product. */
    @Param
    public Layout layout;

    private int m;
    private int n;
    private int k;
    private int transA;
    private int transB;
    private FloatArray a;
    private FloatArray b;
    private FloatArray c;
    private HalfFloatArray halfA;
    private HalfFloatArray halfB;
    private HalfFloatArray halfC;

    /** Makes the operands. */
    @Setup
    public void operands() {
        int[] s = Inputs.sizes(layer);
        m = layout == Layout.TN ? s[1] : s[0];
        n = layout == Layout.NT ? s[1] : s[2];
        k = layout == Layout.NT ? s[2] : layout == Layout.NN ? s[1] : s[0];
        transA = layout == Layout.TN ? 1 : 0;
        transB = layout == Layout.NT ? 1 : 0;
        a = Inputs.floats(m * k);
        b = Inputs.floats(k * n);
        c = new FloatArray(m * n);
        halfA = Inputs.halves(m * k);
        halfB = Inputs.halves(k * n);
        halfC = new HalfFloatArray(m * n);
    }

    /** All rows. */
    @Benchmark
    public void whole(Arithmetic done) {
        MatmulVector.matmul(a, b, c, m, n, k, transA, transB, 0, 0, 0, 0, 0, m);
        done.gflop += 2e-9 * m * n * k;
    }

    /** The second half of the rows, as one of two cores computes it. */
    @Benchmark
    public void slice(Arithmetic done) {
        MatmulVector.matmul(a, b, c, m, n, k, transA, transB, 0, 0, 0, 0, m / 2, m - m / 2);
        done.gflop += 2e-9 * (m - m / 2) * n * k;
    }

    /** {@link #slice} in F16. */
    @Benchmark
    public void halfSlice(Arithmetic done) {
        MatmulVector.matmulHalf(halfA, halfB, halfC, m, n, k, transA, transB, 0, 0, 0, 0, m / 2, m - m / 2);
        done.gflop += 2e-9 * (m - m / 2) * n * k;
    }
}
