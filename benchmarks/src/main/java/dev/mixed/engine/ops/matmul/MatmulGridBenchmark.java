// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.matmul;

import dev.mixed.benchmarks.Arithmetic;
import dev.mixed.benchmarks.CapturedGraph;
import dev.mixed.benchmarks.Inputs;
import java.lang.foreign.ValueLayout;
import java.util.Random;
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
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** The tensor-core products at BERT-base's shapes (batch 16, length 512) on a GPU, inside a CUDA graph; sampled results are checked. */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 100, timeUnit = TimeUnit.MILLISECONDS)
public abstract class MatmulGridBenchmark {
    /** A kernel, and what it does with the sums. */
    public enum Variant {
        /** Tiles of 128, floats. */
        LARGE(128, MatmulGridEpilogue.NONE),
        /** Tiles of 64, floats. */
        SMALL(64, MatmulGridEpilogue.NONE),
        /** Tiles of 128, a part of k each. */
        LARGE_PARTS(128, MatmulGridEpilogue.PARTS),
        /** Tiles of 128 that are fetched early, floats. */
        EARLY(128, MatmulGridEpilogue.NONE),
        /** Tiles of 128 that are fetched early, a part of k each. */
        EARLY_PARTS(128, MatmulGridEpilogue.PARTS),
        /** Tiles of 128, to F16. */
        LARGE_CAST(128, MatmulGridEpilogue.CAST),
        /** Tiles of 64, to F16. */
        SMALL_CAST(64, MatmulGridEpilogue.CAST),
        /** Tiles of 128, with a bias. */
        LARGE_BIAS(128, MatmulGridEpilogue.BIAS),
        /** Tiles of 128, with a bias and GELU. */
        LARGE_GELU(128, MatmulGridEpilogue.BIAS_GELU);

        private final int edge;
        private final int finish;

        Variant(int edge, int finish) {
            this.edge = edge;
            this.finish = finish;
        }

        private boolean half() {
            return finish != MatmulGridEpilogue.NONE && finish != MatmulGridEpilogue.PARTS;
        }
    }

    /** Products whose k is one part. */
    public static class Whole extends MatmulGridBenchmark {
        /** The kernel. */
        @Param
        public Variant variant;

        /** Layout, batch, m, n, k and parts of k. */
        @Param({"NT 1x8192x3072x768x1", "NT 1x8192x768x3072x1", "NT 1x8192x768x768x1", "NN 1x8192x3072x768x1", "NN 1x8192x768x3072x1",
            "NN 1x8192x768x768x1", "TN 1x768x768x8192x1", "TN 1x3072x768x8192x1", "NT 192x512x512x64x1", "NT 1x4096x4096x4096x1",
            "NN 1x4096x4096x4096x1", "TN 1x4096x4096x4096x1"})
        public String product;

        /** Captures the graph. */
        @Setup
        public void capture() {
            capture(variant, product);
        }
    }

    /** Products whose k is split. */
    public static class Split extends MatmulGridBenchmark {
        /** The kernel. */
        @Param({"LARGE", "SMALL", "LARGE_PARTS", "EARLY", "EARLY_PARTS"})
        public Variant variant;

        /** Layout, batch, m, n, k and parts of k. */
        @Param({"TN 1x768x768x8192x7", "TN 1x3072x768x8192x3", "TN 1x3072x768x8192x5", "TN 1x768x3072x8192x3"})
        public String product;

        /** Captures the graph. */
        @Setup
        public void capture() {
            capture(variant, product);
        }
    }

    /** Products too narrow for large tiles. */
    public static class Narrow extends MatmulGridBenchmark {
        /** The kernel. */
        @Param({"SMALL", "SMALL_CAST"})
        public Variant variant;

        /** Layout, batch, m, n, k and parts of k. */
        @Param({"NN 192x512x64x512x1", "TN 192x512x64x512x1"})
        public String product;

        /** Captures the graph. */
        @Setup
        public void capture() {
            capture(variant, product);
        }
    }

    private CapturedGraph graph;
    private Variant kernel;
    private int batch;
    private int m;
    private int n;
    private int k;
    private int splits;
    private boolean alongA;
    private boolean alongB;
    private LongArray a;
    private LongArray b;
    private TornadoNativeArray result;

    void capture(Variant variant, String product) {
        int[] s = Inputs.sizes(product.substring(3));
        kernel = variant;
        batch = s[0];
        m = s[1];
        n = s[2];
        k = s[3];
        splits = s[4];
        alongA = product.charAt(0) == 'N';
        alongB = product.charAt(1) == 'T';
        a = random(batch * m * k, 1);
        b = random(batch * n * k, 2);
        FloatArray c = new FloatArray(batch * splits * m * n);
        HalfFloatArray bias = new HalfFloatArray(n);
        HalfFloatArray dst = new HalfFloatArray(variant.half() ? batch * m * n : 4);
        HalfFloatArray activated = new HalfFloatArray(dst.getSize());
        int perSplit = Math.ceilDiv(Math.ceilDiv(k, splits), MatmulGridMmaTiles.DEPTH) * MatmulGridMmaTiles.DEPTH;
        int[] layout = new int[Layout.TILED + 1];
        layout[Layout.M] = m;
        layout[Layout.N] = n;
        layout[Layout.K] = k;
        layout[Layout.LDA] = (alongA ? k : m) / Layout.LOAD;
        layout[Layout.LDB] = (alongB ? k : n) / Layout.LOAD;
        layout[Layout.LDC] = n;
        layout[Layout.INNER] = 1;
        layout[Layout.A_OUTER] = m * k / Layout.LOAD;
        layout[Layout.B_OUTER] = n * k / Layout.LOAD;
        layout[Layout.C_OUTER] = splits * m * n;
        layout[Layout.PARTS] = splits;
        layout[Layout.PART_DEPTH] = perSplit;
        layout[Layout.C_PART] = m * n;
        layout[Layout.DST_OUTER] = m * n;
        layout[Layout.DST_ROW] = n;
        IntArray sizes = IntArray.fromElements(layout);
        int kA = alongA ? 1 : 0;
        int kB = alongB ? 1 : 0;
        int finish = variant.finish;
        result = variant.half() ? dst : c;
        graph = new CapturedGraph((g, id) -> {
            KernelContext context = new KernelContext();
            switch (variant) {
                case EARLY, EARLY_PARTS -> g.task(id, MatmulGridMma128Early::multiply, context, a, b, c, sizes, kA, kB, finish);
                case SMALL, SMALL_CAST -> g.task(id, MatmulGridMma64::multiply, context, a, b, c, bias, dst, activated, sizes, kA, kB, finish);
                default -> g.task(id, MatmulGridMma128::multiply, context, a, b, c, bias, dst, activated, sizes, kA, kB, finish);
            }
        }, new int[] {n / variant.edge * MatmulGridMmaTiles.THREADS, m / variant.edge, batch * splits}, MatmulGridMmaTiles.THREADS, result, a, b, sizes, c,
                bias, dst,
                activated);
    }

    /** The product. */
    @Benchmark
    @OperationsPerInvocation(CapturedGraph.TASKS)
    public void run(Arithmetic done) {
        graph.run();
        done.gflop += 2e-9 * CapturedGraph.TASKS * batch * m * n * k;
    }

    /** Checks sampled results and frees the device's memory. */
    @TearDown
    public void check() throws Exception {
        graph.close();
        double error = error();
        System.out.printf("largest error of sampled results: %.2f%n", error);
        if (!(error <= k)) {
            throw new IllegalStateException("results are wrong: their error is " + error + ", more than " + k);
        }
    }

    /** In units of 2^-24 times the sum of the products' sizes; about 1 is right, k a bound; the rounding of an F16 result does not count. */
    private double error() {
        boolean tiled = kernel.finish == MatmulGridEpilogue.PARTS;
        Random random = new Random(3);
        double worst = 0;
        for (int sample = 0; sample < 200; sample++) {
            int z = random.nextInt(batch);
            int i = random.nextInt(m);
            int j = random.nextInt(n);
            double sum = 0;
            double size = 0;
            double got = 0;
            for (int q = 0; q < k; q++) {
                double product = half(a, z * m * k + (alongA ? i * k + q : q * m + i)) * half(b, z * n * k + (alongB ? j * k + q : q * n + j));
                sum += product;
                size += Math.abs(product);
            }
            for (int s = 0; s < splits; s++) {
                int at = (z * splits + s) * m * n + (tiled ? MatmulGridEpilogue.at(i, j, n) : i * n + j);
                got += result instanceof HalfFloatArray halves ? halves.get(at).getFloat32() : ((FloatArray) result).get(at);
            }
            double rounding = result instanceof HalfFloatArray ? Math.abs(sum) * 0x1p-11 : 0;
            worst = Math.max(worst, Math.max(0, Math.abs(got - sum) - rounding) / (size * 0x1p-24));
        }
        return worst;
    }

    private static double half(LongArray array, int index) {
        return Float.float16ToFloat((short) (array.get(index / 4) >>> index % 4 * 16));
    }

    private static LongArray random(int halves, int seed) {
        LongArray array = new LongArray(halves / 4);
        Random random = new Random(seed);
        float[] table = new float[1021];
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
        for (int i = 0; i < halves; i++) {
            array.getSegment().setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(table[(int) (i * 2654435761L >>> 7 & 0xFFFFF) % 1021]));
        }
        return array;
    }
}
