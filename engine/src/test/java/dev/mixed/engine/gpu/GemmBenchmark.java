package dev.mixed.engine.gpu;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task7;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/**
 * Times the tensor-core products at BERT-base's shapes (batch 16, length 512) on a GPU, inside a CUDA graph, and checks sampled results.
 *
 * <p>Run it under TornadoVM with {@code engine/target/test-classes:engine/target/classes} as class path: {@code dev.mixed.engine.gpu.GemmBenchmark
 * [tasks per graph] [only names that contain this]}.
 */
public final class GemmBenchmark {
    private static final int ROUNDS = 10;

    private GemmBenchmark() {
    }

    /** A kernel and its tile of c. */
    private record Variant(String name, int rows, int columns, int threads, Task7<KernelContext, LongArray, LongArray, FloatArray, IntArray, Integer, Integer> code) {
    }

    /** A batch of products; alongA: a is stored [m, k], alongB: b is stored [n, k]. */
    private record Product(String name, int batch, int m, int n, int k, boolean alongA, boolean alongB, int splits) {
        double flops() {
            return 2.0 * batch * m * n * k;
        }
    }

    public static void main(String[] args) throws Exception {
        int tasks = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        String only = args.length > 1 ? args[1] : "";
        Variant[] variants = {
            new Variant("128x128", 128, 128, 128, HalfGemm128::multiply),
            new Variant("64x64", 64, 64, 128, HalfGemm64::multiply),
        };
        Product[] products = {
            new Product("NT", 1, 8192, 3072, 768, true, true, 1),
            new Product("NT", 1, 8192, 768, 3072, true, true, 1),
            new Product("NT", 1, 8192, 768, 768, true, true, 1),
            new Product("NN", 1, 8192, 3072, 768, true, false, 1),
            new Product("NN", 1, 8192, 768, 3072, true, false, 1),
            new Product("NN", 1, 8192, 768, 768, true, false, 1),
            new Product("TN", 1, 768, 768, 8192, false, false, 1),
            new Product("TN", 1, 768, 768, 8192, false, false, 7),
            new Product("TN", 1, 3072, 768, 8192, false, false, 1),
            new Product("TN", 1, 3072, 768, 8192, false, false, 2),
            new Product("TN", 1, 768, 3072, 8192, false, false, 2),
            new Product("NT", 192, 512, 512, 64, true, true, 1),
            new Product("NN", 192, 512, 64, 512, true, false, 1),
            new Product("TN", 192, 512, 64, 512, false, false, 1),
            new Product("NT", 1, 4096, 4096, 4096, true, true, 1),
            new Product("NN", 1, 4096, 4096, 4096, true, false, 1),
            new Product("TN", 1, 4096, 4096, 4096, false, false, 1),
        };
        System.out.printf("%-8s %5s %5s %5s %5s %6s  %-12s %10s %9s %10s%n", "layout", "batch", "m", "n", "k", "splits", "kernel", "us", "TFLOP/s", "error/eps");
        for (Product product : products) {
            for (Variant variant : variants) {
                if (product.n % variant.columns == 0 && product.m % variant.rows == 0 && (product.name + " " + variant.name).contains(only)) {
                    time(product, variant, tasks);
                }
            }
        }
    }

    private static void time(Product p, Variant variant, int tasks) throws Exception {
        LongArray a = random(p.batch * p.m * p.k, 1);
        LongArray b = random(p.batch * p.n * p.k, 2);
        FloatArray c = new FloatArray(p.batch * p.splits * p.m * p.n);
        int perSplit = Math.ceilDiv(Math.ceilDiv(p.k, p.splits), HalfTiles.DEPTH) * HalfTiles.DEPTH;
        IntArray sizes = IntArray.fromElements(p.m, p.n, p.k, (p.alongA ? p.k : p.m) / 4, (p.alongB ? p.k : p.n) / 4, p.n, 1, p.m * p.k / 4, 0,
                p.n * p.k / 4, 0, p.splits * p.m * p.n, 0, p.splits, perSplit, p.m * p.n);
        TaskGraph graph = new TaskGraph("gemm").transferToDevice(DataTransferMode.FIRST_EXECUTION, a, b, sizes, c);
        GridScheduler scheduler = new GridScheduler();
        for (int i = 0; i < tasks; i++) {
            graph.task("t" + i, variant.code, new KernelContext(), a, b, c, sizes, p.alongA ? 1 : 0, p.alongB ? 1 : 0);
            WorkerGrid3D worker = new WorkerGrid3D(p.n / variant.columns * variant.threads, p.m / variant.rows, p.batch * p.splits);
            worker.setLocalWork(variant.threads, 1, 1);
            scheduler.addWorkerGrid("gemm.t" + i, worker);
        }
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, c);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(scheduler).withCUDAGraph();
            TornadoExecutionResult result = null;
            for (int i = 0; i < 3; i++) {
                result = plan.execute();
            }
            double best = Double.MAX_VALUE;
            for (int i = 0; i < ROUNDS; i++) {
                long start = System.nanoTime();
                result = plan.execute();
                best = Math.min(best, (System.nanoTime() - start) * 1e-9 / tasks);
            }
            result.transferToHost(c);
            System.out.printf("%-8s %5d %5d %5d %5d %6d  %-12s %10.1f %9.1f %10.2f%n", p.name, p.batch, p.m, p.n, p.k, p.splits, variant.name, best * 1e6,
                    p.flops() / best / 1e12, error(p, a, b, c));
        }
    }

    /** Largest error of sampled results, in units of 2^-24 times the sum of the products' sizes; about 1 is right, k a bound. */
    private static double error(Product p, LongArray a, LongArray b, FloatArray c) {
        Random random = new Random(3);
        double worst = 0;
        for (int sample = 0; sample < 200; sample++) {
            int z = random.nextInt(p.batch), i = random.nextInt(p.m), j = random.nextInt(p.n);
            double sum = 0, size = 0, got = 0;
            for (int q = 0; q < p.k; q++) {
                double product = half(a, z * p.m * p.k + (p.alongA ? i * p.k + q : q * p.m + i)) * half(b, z * p.n * p.k + (p.alongB ? j * p.k + q : q * p.n + j));
                sum += product;
                size += Math.abs(product);
            }
            for (int s = 0; s < p.splits; s++) {
                got += c.get(((z * p.splits + s) * p.m + i) * p.n + j);
            }
            double error = Math.abs(got - sum) / (size * 0x1p-24);
            worst = Math.max(worst, error);
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
