// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import dev.mixed.engine.ops.softmax.Softmax;
import dev.mixed.engine.ops.softmax.SoftmaxVector;
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

/** The Vector API kernels for softmax on one thread, and their reference. */
@State(Scope.Thread)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector"})
@Warmup(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 9, time = 80, timeUnit = TimeUnit.MILLISECONDS)
public class SoftmaxBenchmark {
    /** Rows and columns. */
    @Param({"2048x64", "6144x512"})
    public String shape;

    private int rows;
    private int n;
    private FloatArray x;
    private FloatArray y;
    private FloatArray dx;

    /** Makes the operands. */
    @Setup
    public void operands() {
        int[] s = Inputs.sizes(shape);
        rows = s[0];
        n = s[1];
        x = Inputs.floats(rows * n);
        y = new FloatArray(rows * n);
        dx = new FloatArray(rows * n);
        SoftmaxVector.softmaxRows(x, y, n, 0, rows);
    }

    /** The tuned kernel. */
    @Benchmark
    public void forward(Traffic done) {
        SoftmaxVector.softmaxRows(x, y, n, 0, rows);
        count(done, 8);
    }

    /** The reference kernel. */
    @Benchmark
    public void reference(Traffic done) {
        Softmax.softmaxRows(x, y, n, 0, rows);
        count(done, 8);
    }

    /** The tuned kernel of the gradient. */
    @Benchmark
    public void backward(Traffic done) {
        SoftmaxVector.softmaxBackwardRows(y, x, dx, n, 0, rows);
        count(done, 12);
    }

    private void count(Traffic done, int bytes) {
        done.gigaelement += 1e-9 * rows * n;
        done.gigabyte += 1e-9 * bytes * rows * n;
    }
}
