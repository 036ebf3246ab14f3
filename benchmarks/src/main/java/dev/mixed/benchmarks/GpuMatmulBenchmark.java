// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.tornado.TornadoDevice;
import java.util.ArrayList;
import java.util.List;
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

/** Matrix products at BERT-base's shapes (batch 16, length 512) on a GPU, several in one recorded program; sampled results are checked. */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class GpuMatmulBenchmark {
    private static final int PRODUCTS = 20;
    private static final int SAMPLES = 200;

    /** Operands and arithmetic. */
    public enum Arithmetics {
        /** Halves, sums in float. */
        F16(DType.F16, 0x1p-11),
        /** Floats. */
        F32(DType.F32, 0x1p-18),
        /** Floats that are rounded to tf32. */
        TF32(DType.F32, 0x1p-10);

        private final DType type;
        /** Of results, against their standard deviation. */
        private final double tolerance;

        Arithmetics(DType type, double tolerance) {
            this.type = type;
            this.tolerance = tolerance;
        }
    }

    /** What follows a product. */
    public enum Finish {
        /** Nothing. */
        NONE,
        /** A bias. */
        BIAS,
        /** A bias, and GELU beside the result. */
        GELU,
        /** The product is added to a gradient, in float. */
        GRADIENT
    }

    /** Where to compute: gpu, or jvm to try the benchmark itself. */
    @Param("gpu")
    public String device;

    /** Operands and arithmetic. */
    @Param
    public Arithmetics arithmetic;

    /** Layout (T for what is stored transposed), batch, m, n and k. */
    @Param({"NT 1x8192x768x768", "NT 1x8192x3072x768", "NT 1x8192x768x3072", "NN 1x8192x768x768", "NN 1x8192x3072x768", "NN 1x8192x768x3072",
        "TN 1x768x768x8192", "TN 1x3072x768x8192", "TN 1x768x3072x8192", "NT 192x512x512x64", "NN 192x512x64x512", "TN 192x512x64x512",
        "NT 1x4096x4096x4096"})
    public String product;

    /** What follows the product. */
    @Param({"NONE"})
    public Finish finish;

    private Device opened;
    private Program program;
    private int[] sizes;
    private boolean transposedA;
    private boolean transposedB;
    private float[] a;
    private float[] b;
    private Tensor last;

    /** Records the program. */
    @Setup
    public void record() {
        opened = device.equals("jvm") ? JvmDevice.open() : TornadoDevice.open(arithmetic == Arithmetics.TF32);
        sizes = Inputs.sizes(product.substring(3));
        int batch = sizes[0], m = sizes[1], n = sizes[2], k = sizes[3];
        transposedA = product.charAt(0) == 'T';
        transposedB = product.charAt(1) == 'T';
        a = normal(batch * m * k, 1, 1);
        b = normal(batch * n * k, 2, 1 / Math.sqrt(k));
        DType type = arithmetic.type;
        Tensor left = Tensor.of(opened, shape(batch, transposedA ? k : m, transposedA ? m : k), type, a);
        Tensor right = Tensor.of(opened, shape(batch, transposedB ? n : k, transposedB ? k : n), type, b);
        Tensor bias = Tensor.zeros(opened, Shape.of(n), type);
        program = Program.record(opened, () -> {
            List<Tensor> results = new ArrayList<>();
            for (int i = 0; i < PRODUCTS; i++) {
                results.addAll(product(left, right, bias));
            }
            return List.of(results.getLast());
        });
        System.out.println(program.launches().stream().map(Launch::kernel).map(Object::toString).distinct().toList());
        program.run();
        last = program.output(0);
    }

    private List<Tensor> product(Tensor left, Tensor right, Tensor bias) {
        if (finish == Finish.GRADIENT) {
            Tensor c = Tensor.empty(opened, shape(sizes[0], sizes[1], sizes[2]), DType.F32);
            Matmul.matmulInto(c, left, right, transposedA, transposedB, false);
            return List.of(c);
        }
        Tensor y = Matmul.matmul(left, right, transposedA, transposedB);
        if (finish == Finish.NONE) {
            return List.of(y);
        }
        Broadcast.addInto(y, bias);
        return finish == Finish.BIAS ? List.of(y) : List.of(Gelu.exact(y), y);
    }

    /** All products. */
    @Benchmark
    @OperationsPerInvocation(PRODUCTS)
    public void run(Arithmetic done) {
        program.run();
        done.gflop += 2e-9 * PRODUCTS * sizes[0] * sizes[1] * sizes[2] * sizes[3];
    }

    /** Checks sampled results and closes the device. */
    @TearDown
    public void check() {
        double worst = error(last.toFloats());
        System.out.printf("largest error of sampled results: %.2e%n", worst);
        opened.close();
        if (!(worst <= 8 * arithmetic.tolerance)) {
            throw new IllegalStateException("results are wrong: their error is " + worst);
        }
    }

    /** Results have a standard deviation of 1. */
    private double error(float[] c) {
        int m = sizes[1], n = sizes[2], k = sizes[3];
        Random random = new Random(3);
        double worst = 0;
        for (int sample = 0; sample < SAMPLES; sample++) {
            int z = random.nextInt(sizes[0]), i = random.nextInt(m), j = random.nextInt(n);
            double sum = 0;
            for (int q = 0; q < k; q++) {
                sum += (double) a[z * m * k + (transposedA ? q * m + i : i * k + q)] * b[z * n * k + (transposedB ? j * k + q : q * n + j)];
            }
            worst = Math.max(worst, Math.abs(c[(z * m + i) * n + j] - sum));
        }
        return worst;
    }

    private static Shape shape(int batch, int rows, int columns) {
        return batch == 1 ? Shape.of(rows, columns) : Shape.of(batch, rows, columns);
    }

    /** Numbers that a half holds. */
    private static float[] normal(int size, int seed, double scale) {
        Random random = new Random(seed);
        float[] table = new float[1021];
        for (int i = 0; i < table.length; i++) {
            table[i] = Float.float16ToFloat(Float.floatToFloat16((float) (random.nextGaussian() * scale)));
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = table[random.nextInt(table.length)];
        }
        return values;
    }
}
