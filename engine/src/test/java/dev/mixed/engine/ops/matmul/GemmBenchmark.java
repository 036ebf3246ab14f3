package dev.mixed.engine.ops.matmul;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Times the tensor-core products at BERT-base's shapes (batch 16, length 512) on a GPU, inside a CUDA graph, and checks sampled results.
 *
 * <p>Run it under TornadoVM with {@code engine/target/test-classes:engine/target/classes} as class path: {@code dev.mixed.engine.ops.matmul.GemmBenchmark
 * [tasks per graph] [only names that contain this]}.
 */
public final class GemmBenchmark {
    private static final int ROUNDS = 10;

    private GemmBenchmark() {
    }

    /** A kernel, its tile of c, and whether it stores F16. */
    private record Variant(String name, int rows, int columns, int threads, boolean half, Task task) {
    }

    private interface Task {
        void add(TaskGraph graph, String id, Arrays x);
    }

    private record Arrays(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, HalfFloatArray activated,
            IntArray sizes, int alongA, int alongB) {
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
            large("128", HalfTileFinish.NONE),
            small("64", HalfTileFinish.NONE),
            large("128 parts", HalfTileFinish.PARTS),
            early("128 early", HalfTileFinish.NONE),
            early("early parts", HalfTileFinish.PARTS),
            large("128 cast", HalfTileFinish.CAST),
            small("64 cast", HalfTileFinish.CAST),
            large("128 bias", HalfTileFinish.BIAS),
            large("128 gelu", HalfTileFinish.BIAS_GELU),
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
            new Product("TN", 1, 3072, 768, 8192, false, false, 3),
            new Product("TN", 1, 3072, 768, 8192, false, false, 5),
            new Product("TN", 1, 768, 3072, 8192, false, false, 3),
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
                if (product.n % variant.columns == 0 && product.m % variant.rows == 0 && (!variant.half || product.splits == 1) && (product.name + " " + variant.name).contains(only)) {
                    time(product, variant, tasks);
                }
            }
        }
        System.out.printf("%n%-28s %5s %5s %6s %10s %9s%n", "after the product", "m", "n", "splits", "us", "GB/s");
        for (Finish finish : Finish.values()) {
            if (finish.name().contains(only)) {
                finish(finish, 8192, 3072, 1, tasks);
                finish(finish, 8192, 768, 1, tasks);
                finish(finish, 768, 768, 7, tasks);
            }
        }
    }

    /** Kernels of {@link GemmFinish} and the bytes that they move per element besides a float for each part of k. */
    private enum Finish {
        TO_FLOAT(4), TO_HALF(2), ADD_BIAS(2), ADD_BIAS_GELU(4);

        final int bytes;

        Finish(int bytes) {
            this.bytes = bytes;
        }
    }

    private static void finish(Finish finish, int m, int n, int splits, int tasks) throws Exception {
        FloatArray c = new FloatArray(m * n * splits), floats = new FloatArray(m * n);
        HalfFloatArray bias = new HalfFloatArray(n), dst = new HalfFloatArray(m * n), activated = new HalfFloatArray(m * n);
        for (int i = 0; i < m * n * splits; i++) {
            c.set(i, i % 1021 / 500f - 1);
        }
        for (int i = 0; i < n; i++) {
            bias.set(i, new HalfFloat(i % 7 / 4f));
        }
        IntArray sizes = IntArray.fromElements(m, n, n, m * n * splits, m * n, splits, 0, m, finish == Finish.ADD_BIAS_GELU ? 1 : 0, 0);
        TaskGraph graph = new TaskGraph("gemm").transferToDevice(DataTransferMode.FIRST_EXECUTION, c, bias, dst, activated, floats, sizes);
        GridScheduler scheduler = new GridScheduler();
        for (int i = 0; i < tasks; i++) {
            KernelContext context = new KernelContext();
            switch (finish) {
                case TO_FLOAT -> graph.task("t" + i, GemmFinish::toFloat, context, c, floats, sizes);
                case TO_HALF -> graph.task("t" + i, GemmFinish::toHalf, context, c, dst, sizes);
                case ADD_BIAS -> graph.task("t" + i, GemmFinish::addBias, context, c, bias, dst, sizes);
                case ADD_BIAS_GELU -> graph.task("t" + i, GemmFinish::addBiasGelu, context, c, bias, dst, activated, sizes);
            }
            WorkerGrid3D worker = new WorkerGrid3D(n / 2, m, 1);
            worker.setLocalWork(128, 1, 1);
            scheduler.addWorkerGrid("gemm.t" + i, worker);
        }
        Object result = finish == Finish.TO_FLOAT ? floats : dst;
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, result);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(scheduler).withCUDAGraph();
            double best = best(plan, tasks, result);
            System.out.printf("%-28s %5d %5d %6d %10.1f %9.1f%n", finish, m, n, splits, best * 1e6, (double) m * n * (4 * splits + finish.bytes) / best / 1e9);
        }
        int at = m * n - 3;
        double expected = finish == Finish.TO_FLOAT || finish == Finish.TO_HALF ? 0 : bias.get((n - 3)).getFloat32();
        for (int s = 0; s < splits; s++) {
            expected += c.get(s * m * n + at);
        }
        double got = finish == Finish.TO_FLOAT ? floats.get(at) : dst.get(at).getFloat32();
        if (!(Math.abs(got - expected) <= 1e-2)) {
            System.out.println("    WRONG: " + got + ", expected " + expected);
        }
    }

    /** Seconds a task, in the fastest of several runs. */
    private static double best(TornadoExecutionPlan plan, int tasks, Object result) {
        for (int i = 0; i < 3; i++) {
            plan.execute();
        }
        double best = Double.MAX_VALUE;
        TornadoExecutionResult last = null;
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            last = plan.execute();
            best = Math.min(best, (System.nanoTime() - start) * 1e-9 / tasks);
        }
        last.transferToHost(result);
        return best;
    }

    private static Variant large(String name, int finish) {
        boolean half = finish != HalfTileFinish.NONE && finish != HalfTileFinish.PARTS;
        return new Variant(name, 128, 128, 128, half, (g, id, x) -> g.task(id, HalfGemm128::multiply, x.context, x.a, x.b, x.c, x.bias, x.dst, x.activated,
                x.sizes, x.alongA, x.alongB, finish));
    }

    private static Variant early(String name, int finish) {
        return new Variant(name, 128, 128, 128, false, (g, id, x) -> g.task(id, HalfGemm128Early::multiply, x.context, x.a, x.b, x.c, x.sizes, x.alongA,
                x.alongB, finish));
    }

    private static Variant small(String name, int finish) {
        return new Variant(name, 64, 64, 128, finish != HalfTileFinish.NONE, (g, id, x) -> g.task(id, HalfGemm64::multiply, x.context, x.a, x.b, x.c, x.bias, x.dst,
                x.activated, x.sizes, x.alongA, x.alongB, finish));
    }

    private static void time(Product p, Variant variant, int tasks) throws Exception {
        LongArray a = random(p.batch * p.m * p.k, 1);
        LongArray b = random(p.batch * p.n * p.k, 2);
        FloatArray c = new FloatArray(p.batch * p.splits * p.m * p.n);
        int perSplit = Math.ceilDiv(Math.ceilDiv(p.k, p.splits), HalfTiles.DEPTH) * HalfTiles.DEPTH;
        IntArray sizes = IntArray.fromElements(p.m, p.n, p.k, (p.alongA ? p.k : p.m) / 4, (p.alongB ? p.k : p.n) / 4, p.n, 1, p.m * p.k / 4, 0,
                p.n * p.k / 4, 0, p.splits * p.m * p.n, 0, p.splits, perSplit, p.m * p.n, 0, 0);
        HalfFloatArray bias = new HalfFloatArray(p.n), dst = new HalfFloatArray(variant.half ? p.batch * p.m * p.n : 4);
        HalfFloatArray activated = new HalfFloatArray(dst.getSize());
        TaskGraph graph = new TaskGraph("gemm").transferToDevice(DataTransferMode.FIRST_EXECUTION, a, b, sizes, c, bias, dst, activated);
        GridScheduler scheduler = new GridScheduler();
        for (int i = 0; i < tasks; i++) {
            variant.task.add(graph, "t" + i, new Arrays(new KernelContext(), a, b, c, bias, dst, activated, sizes, p.alongA ? 1 : 0, p.alongB ? 1 : 0));
            WorkerGrid3D worker = new WorkerGrid3D(p.n / variant.columns * variant.threads, p.m / variant.rows, p.batch * p.splits);
            worker.setLocalWork(variant.threads, 1, 1);
            scheduler.addWorkerGrid("gemm.t" + i, worker);
        }
        Object result = variant.half ? dst : c;
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, result);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(scheduler).withCUDAGraph();
            double best = best(plan, tasks, result);
            System.out.printf("%-8s %5d %5d %5d %5d %6d  %-12s %10.1f %9.1f %10.2f%n", p.name, p.batch, p.m, p.n, p.k, p.splits, variant.name, best * 1e6,
                    p.flops() / best / 1e12, error(p, a, b, variant.half ? dst : c, variant.name.endsWith("parts")));
        }
    }

    /** Largest error of sampled results, in units of 2^-24 times the sum of the products' sizes; about 1 is right, k a bound; the rounding of an F16 result does not count. */
    private static double error(Product p, LongArray a, LongArray b, TornadoNativeArray c, boolean tiled) {
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
                int at = (z * p.splits + s) * p.m * p.n + (tiled ? HalfTileFinish.at(i, j, p.n) : i * p.n + j);
                got += c instanceof HalfFloatArray halves ? halves.get(at).getFloat32() : ((FloatArray) c).get(at);
            }
            double error = Math.max(0, Math.abs(got - sum) - (c instanceof HalfFloatArray ? Math.abs(sum) * 0x1p-11 : 0)) / (size * 0x1p-24);
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
