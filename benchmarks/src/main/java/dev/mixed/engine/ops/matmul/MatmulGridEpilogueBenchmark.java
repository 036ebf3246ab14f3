// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.benchmarks.CapturedGraph;
import dev.mixed.benchmarks.Inputs;
import dev.mixed.benchmarks.Traffic;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The kernels that finish a product on a GPU, inside a CUDA graph; a sampled result is checked. */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 100, timeUnit = TimeUnit.MILLISECONDS)
public class MatmulGridEpilogueBenchmark {
    /** Kernels of {@link MatmulGridEpilogue}. */
    public enum Epilogue {
        /** Sums the parts of k. */
        TO_FLOAT(4),
        /** Rounds to F16. */
        TO_HALF(2),
        /** Adds a bias. */
        ADD_BIAS(2),
        /** Adds a bias and applies GELU. */
        ADD_BIAS_GELU(4);

        /** Bytes moved per element, besides a float for each part of k. */
        private final int bytes;

        Epilogue(int bytes) {
            this.bytes = bytes;
        }
    }

    /** The kernel. */
    @Param
    public Epilogue epilogue;

    /** Rows, columns and parts of k. */
    @Param({"8192x3072x1", "8192x768x1", "768x768x7"})
    public String product;

    private CapturedGraph graph;
    private int m;
    private int n;
    private int splits;
    private FloatArray c;
    private FloatArray floats;
    private HalfFloatArray bias;
    private HalfFloatArray dst;

    /** Captures the graph. */
    @Setup
    public void capture() {
        int[] s = Inputs.sizes(product);
        m = s[0];
        n = s[1];
        splits = s[2];
        c = new FloatArray(m * n * splits);
        floats = new FloatArray(m * n);
        bias = new HalfFloatArray(n);
        dst = new HalfFloatArray(m * n);
        HalfFloatArray activated = new HalfFloatArray(m * n);
        for (int i = 0; i < m * n * splits; i++) {
            c.set(i, i % 1021 / 500f - 1);
        }
        for (int i = 0; i < n; i++) {
            bias.set(i, new HalfFloat(i % 7 / 4f));
        }
        int[] layout = new int[Layout.TILED + 1];
        layout[Layout.M] = m;
        layout[Layout.N] = n;
        layout[Layout.LDC] = n;
        layout[Layout.C_OUTER] = m * n * splits;
        layout[Layout.PARTS] = splits;
        layout[Layout.C_PART] = m * n;
        layout[Layout.BLOCKS_Y] = m;
        layout[Layout.GELU] = epilogue == Epilogue.ADD_BIAS_GELU ? 1 : 0;
        IntArray sizes = IntArray.fromElements(layout);
        graph = new CapturedGraph((g, id) -> {
            KernelContext context = new KernelContext();
            switch (epilogue) {
                case TO_FLOAT -> g.task(id, MatmulGridEpilogue::cast, context, c, floats, sizes);
                case TO_HALF -> g.task(id, MatmulGridEpilogueHalf::cast, context, c, dst, sizes);
                case ADD_BIAS -> g.task(id, MatmulGridEpilogue::bias, context, c, bias, dst, sizes);
                case ADD_BIAS_GELU -> g.task(id, MatmulGridEpilogue::biasGelu, context, c, bias, dst, activated, sizes);
            }
        }, new int[] {n / 2, m, 1}, 128, epilogue == Epilogue.TO_FLOAT ? floats : dst, c, bias, dst, activated, floats, sizes);
    }

    /** The kernel. */
    @Benchmark
    @OperationsPerInvocation(CapturedGraph.TASKS)
    public void run(Traffic done) {
        graph.run();
        done.gigabyte += 1e-9 * CapturedGraph.TASKS * m * n * (4 * splits + epilogue.bytes);
    }

    /** Checks a result and frees the device's memory. */
    @TearDown
    public void check() throws Exception {
        graph.close();
        int at = m * n - 3;
        double expected = epilogue == Epilogue.TO_FLOAT || epilogue == Epilogue.TO_HALF ? 0 : bias.get(n - 3).getFloat32();
        for (int s = 0; s < splits; s++) {
            expected += c.get(s * m * n + at);
        }
        double got = epilogue == Epilogue.TO_FLOAT ? floats.get(at) : dst.get(at).getFloat32();
        if (!(Math.abs(got - expected) <= 1e-2)) {
            throw new IllegalStateException("the result is " + got + ", expected " + expected);
        }
    }
}
