package dev.mixed.engine.ops.matmul;

import dev.mixed.engine.ops.matmul.Product.Operand;
import dev.mixed.engine.ops.matmul.Product.Result;
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
 * <p>Run it under TornadoVM with {@code engine/target/test-classes:engine/target/classes} as class path: {@code dev.mixed.engine.ops.matmul.MatmulGridBenchmark
 * [tasks per graph] [only names that contain this]}.
 */
public final class MatmulGridBenchmark {
    private static final int ROUNDS = 10;

    private MatmulGridBenchmark() {
    }

    /** A kernel, its tile of c, and whether it stores F16. */
    private record Variant(String name, int rows, int columns, int threads, boolean half, Task task) {
    }

    private interface Task {
        void add(TaskGraph graph, String id, Arrays x);
    }

    private record Arrays(KernelContext context, LongArray a, LongArray b, FloatArray c, HalfFloatArray bias, HalfFloatArray dst, HalfFloatArray activated,
            IntArray layout, int alongA, int alongB) {
    }

    /** A batch of products; alongA: a is stored [m, k], alongB: b is stored [n, k]. */
    private record Case(String name, int batch, int m, int n, int k, boolean alongA, boolean alongB, int parts) {
        int[] layout() {
            Operand left = new Operand(null, !alongA, alongA ? k : m, m * k, 0), right = new Operand(null, alongB, alongB ? k : n, n * k, 0);
            Product product = new Product(batch, 1, m, n, k, left, right, new Result(null, n, parts * m * n, 0));
            return Layout.inLoads(product).parts(parts, new HalfProducts.Plan(128, parts).partDepth(k), m * n).ints();
        }

        double flops() {
            return 2.0 * batch * m * n * k;
        }
    }

    public static void main(String[] args) throws Exception {
        int tasks = args.length > 0 ? Integer.parseInt(args[0]) : 20;
        String only = args.length > 1 ? args[1] : "";
        Variant[] variants = {
            large("128", MatmulGridEpilogue.NONE),
            small("64", MatmulGridEpilogue.NONE),
            large("128 parts", MatmulGridEpilogue.PARTS),
            early("128 early", MatmulGridEpilogue.NONE),
            early("early parts", MatmulGridEpilogue.PARTS),
            large("128 cast", MatmulGridEpilogue.CAST),
            small("64 cast", MatmulGridEpilogue.CAST),
            large("128 bias", MatmulGridEpilogue.BIAS),
            large("128 gelu", MatmulGridEpilogue.BIAS_GELU),
        };
        Case[] cases = {
            new Case("NT", 1, 8192, 3072, 768, true, true, 1),
            new Case("NT", 1, 8192, 768, 3072, true, true, 1),
            new Case("NT", 1, 8192, 768, 768, true, true, 1),
            new Case("NN", 1, 8192, 3072, 768, true, false, 1),
            new Case("NN", 1, 8192, 768, 3072, true, false, 1),
            new Case("NN", 1, 8192, 768, 768, true, false, 1),
            new Case("TN", 1, 768, 768, 8192, false, false, 1),
            new Case("TN", 1, 768, 768, 8192, false, false, 7),
            new Case("TN", 1, 3072, 768, 8192, false, false, 1),
            new Case("TN", 1, 3072, 768, 8192, false, false, 3),
            new Case("TN", 1, 3072, 768, 8192, false, false, 5),
            new Case("TN", 1, 768, 3072, 8192, false, false, 3),
            new Case("NT", 192, 512, 512, 64, true, true, 1),
            new Case("NN", 192, 512, 64, 512, true, false, 1),
            new Case("TN", 192, 512, 64, 512, false, false, 1),
            new Case("NT", 1, 4096, 4096, 4096, true, true, 1),
            new Case("NN", 1, 4096, 4096, 4096, true, false, 1),
            new Case("TN", 1, 4096, 4096, 4096, false, false, 1),
        };
        System.out.printf("%-8s %5s %5s %5s %5s %6s  %-12s %10s %9s %10s%n", "layout", "batch", "m", "n", "k", "parts", "kernel", "us", "TFLOP/s", "error/eps");
        for (Case product : cases) {
            for (Variant variant : variants) {
                if (product.n % variant.columns == 0 && product.m % variant.rows == 0 && (!variant.half || product.parts == 1) && (product.name + " " + variant.name).contains(only)) {
                    time(product, variant, tasks);
                }
            }
        }
        System.out.printf("%n%-28s %5s %5s %6s %10s %9s%n", "after the product", "m", "n", "parts", "us", "GB/s");
        for (Epilogue epilogue : Epilogue.values()) {
            if (epilogue.name().contains(only)) {
                epilogue(epilogue, 8192, 3072, 1, tasks);
                epilogue(epilogue, 8192, 768, 1, tasks);
                epilogue(epilogue, 768, 768, 7, tasks);
            }
        }
    }

    /** Kernels of {@link MatmulGridEpilogue} and the bytes that they move per element besides a float for each part of k. */
    private enum Epilogue {
        TO_FLOAT(4), TO_HALF(2), BIAS(2), BIAS_GELU(4);

        final int bytes;

        Epilogue(int bytes) {
            this.bytes = bytes;
        }
    }

    private static void epilogue(Epilogue epilogue, int m, int n, int parts, int tasks) throws Exception {
        FloatArray c = new FloatArray(m * n * parts), floats = new FloatArray(m * n);
        HalfFloatArray bias = new HalfFloatArray(n), dst = new HalfFloatArray(m * n), activated = new HalfFloatArray(m * n);
        for (int i = 0; i < m * n * parts; i++) {
            c.set(i, i % 1021 / 500f - 1);
        }
        for (int i = 0; i < n; i++) {
            bias.set(i, new HalfFloat(i % 7 / 4f));
        }
        Product product = new Product(1, 1, m, n, 1, new Operand(null, false, 1, 0, 0), new Operand(null, false, n, 0, 0), new Result(null, n, m * n * parts, 0),
                new Product.Epilogue(false, null, epilogue == Epilogue.BIAS_GELU, null));
        IntArray layout = IntArray.fromArray(Layout.of(product).parts(parts, 1, m * n).epilogue(m, false).ints());
        TaskGraph graph = new TaskGraph("gemm").transferToDevice(DataTransferMode.FIRST_EXECUTION, c, bias, dst, activated, floats, layout);
        GridScheduler scheduler = new GridScheduler();
        for (int i = 0; i < tasks; i++) {
            KernelContext context = new KernelContext();
            switch (epilogue) {
                case TO_FLOAT -> graph.task("t" + i, MatmulGridEpilogue::cast, context, c, floats, layout);
                case TO_HALF -> graph.task("t" + i, MatmulGridEpilogueHalf::cast, context, c, dst, layout);
                case BIAS -> graph.task("t" + i, MatmulGridEpilogue::bias, context, c, bias, dst, layout);
                case BIAS_GELU -> graph.task("t" + i, MatmulGridEpilogue::biasGelu, context, c, bias, dst, activated, layout);
            }
            WorkerGrid3D worker = new WorkerGrid3D(n / 2, m, 1);
            worker.setLocalWork(128, 1, 1);
            scheduler.addWorkerGrid("gemm.t" + i, worker);
        }
        Object result = epilogue == Epilogue.TO_FLOAT ? floats : dst;
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, result);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(scheduler).withCUDAGraph();
            double best = best(plan, tasks, result);
            System.out.printf("%-28s %5d %5d %6d %10.1f %9.1f%n", epilogue, m, n, parts, best * 1e6, (double) m * n * (4 * parts + epilogue.bytes) / best / 1e9);
        }
        int at = m * n - 3;
        double expected = epilogue == Epilogue.TO_FLOAT || epilogue == Epilogue.TO_HALF ? 0 : bias.get((n - 3)).getFloat32();
        for (int s = 0; s < parts; s++) {
            expected += c.get(s * m * n + at);
        }
        double got = epilogue == Epilogue.TO_FLOAT ? floats.get(at) : dst.get(at).getFloat32();
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

    private static Variant large(String name, int epilogue) {
        boolean half = epilogue != MatmulGridEpilogue.NONE && epilogue != MatmulGridEpilogue.PARTS;
        return new Variant(name, 128, 128, 128, half, (g, id, x) -> g.task(id, MatmulGridMma128::multiply, x.context, x.a, x.b, x.c, x.bias, x.dst, x.activated,
                x.layout, x.alongA, x.alongB, epilogue));
    }

    private static Variant early(String name, int epilogue) {
        return new Variant(name, 128, 128, 128, false, (g, id, x) -> g.task(id, MatmulGridMma128Early::multiply, x.context, x.a, x.b, x.c, x.layout, x.alongA,
                x.alongB, epilogue));
    }

    private static Variant small(String name, int epilogue) {
        return new Variant(name, 64, 64, 128, epilogue != MatmulGridEpilogue.NONE, (g, id, x) -> g.task(id, MatmulGridMma64::multiply, x.context, x.a, x.b, x.c, x.bias, x.dst,
                x.activated, x.layout, x.alongA, x.alongB, epilogue));
    }

    private static void time(Case p, Variant variant, int tasks) throws Exception {
        LongArray a = random(p.batch * p.m * p.k, 1);
        LongArray b = random(p.batch * p.n * p.k, 2);
        FloatArray c = new FloatArray(p.batch * p.parts * p.m * p.n);
        IntArray layout = IntArray.fromArray(p.layout());
        HalfFloatArray bias = new HalfFloatArray(p.n), dst = new HalfFloatArray(variant.half ? p.batch * p.m * p.n : 4);
        HalfFloatArray activated = new HalfFloatArray(dst.getSize());
        TaskGraph graph = new TaskGraph("gemm").transferToDevice(DataTransferMode.FIRST_EXECUTION, a, b, layout, c, bias, dst, activated);
        GridScheduler scheduler = new GridScheduler();
        for (int i = 0; i < tasks; i++) {
            variant.task.add(graph, "t" + i, new Arrays(new KernelContext(), a, b, c, bias, dst, activated, layout, p.alongA ? 1 : 0, p.alongB ? 1 : 0));
            WorkerGrid3D worker = new WorkerGrid3D(p.n / variant.columns * variant.threads, p.m / variant.rows, p.batch * p.parts);
            worker.setLocalWork(variant.threads, 1, 1);
            scheduler.addWorkerGrid("gemm.t" + i, worker);
        }
        Object result = variant.half ? dst : c;
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, result);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(scheduler).withCUDAGraph();
            double best = best(plan, tasks, result);
            System.out.printf("%-8s %5d %5d %5d %5d %6d  %-12s %10.1f %9.1f %10.2f%n", p.name, p.batch, p.m, p.n, p.k, p.parts, variant.name, best * 1e6,
                    p.flops() / best / 1e12, error(p, a, b, variant.half ? dst : c, variant.name.endsWith("parts")));
        }
    }

    /** Largest error of sampled results, in units of 2^-24 times the sum of the products' sizes; about 1 is right, k a bound; the rounding of an F16 result does not count. */
    private static double error(Case p, LongArray a, LongArray b, TornadoNativeArray c, boolean tiled) {
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
            for (int s = 0; s < p.parts; s++) {
                int at = (z * p.parts + s) * p.m * p.n + (tiled ? MatmulGridEpilogue.at(i, j, p.n) : i * p.n + j);
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
