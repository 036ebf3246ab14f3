package dev.mixed.engine.ops;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.attention.Attention;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.tornado.GpuLowerings;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Times each launch that stands for an op at BERT-base's shapes on a GPU, inside a CUDA graph. Values are random, results are not looked at.
 *
 * <p>Run it under TornadoVM with {@code engine/target/test-classes:engine/target/classes} as class path: {@code dev.mixed.engine.ops.LoweringBenchmark
 * [only names that contain this] [repetitions per graph]}.
 */
public final class LoweringBenchmark {
    private static final int ROUNDS = 10;

    private LoweringBenchmark() {
    }

    /** Lowers programs and runs none. */
    private static final class Planner extends Device {
        @Override
        public String name() {
            return "planner";
        }

        @Override
        protected List<Lowering> lowerings() {
            return GpuLowerings.all();
        }

        @Override
        protected Executable prepare(List<Launch> launches) {
            return () -> {
            };
        }

        @Override
        protected void hostWrote(Buffer buffer) {
        }

        @Override
        protected void hostReads(Buffer buffer) {
        }
    }

    /** An op to time and its arithmetic. */
    private record Case(String name, double flops, Supplier<List<Tensor>> body) {
    }

    public static void main(String[] args) throws Exception {
        String only = args.length > 0 ? args[0] : "";
        int repetitions = args.length > 1 ? Integer.parseInt(args[1]) : 20;
        Planner device = new Planner();
        List<Case> cases = new ArrayList<>();
        for (int rows : new int[] {8192, 512}) {
            for (int[] size : new int[][] {{768, 768}, {3072, 768}, {768, 3072}}) {
                matmuls(cases, device, rows, size[0], size[1]);
            }
        }
        for (DType dtype : new DType[] {DType.F16, DType.F32}) {
            for (int seq : new int[] {512, 128, 32}) {
                attention(cases, device, dtype, seq);
            }
        }
        System.out.printf("%-40s %-32s %10s %10s%n", "op", "kernel", "us", "TFLOP/s");
        for (Case c : cases) {
            if (c.name.contains(only)) {
                time(device, c, repetitions);
            }
        }
        System.exit(0);
    }

    private static void matmuls(List<Case> cases, Device device, int rows, int n, int k) {
        double flops = 2.0 * rows * n * k;
        String size = rows + "x" + n + "x" + k;
        cases.add(new Case("matmul f32 y " + size, flops,
                () -> List.of(Matmul.matmul(empty(device, DType.F32, rows, k), empty(device, DType.F32, n, k), false, true))));
        cases.add(new Case("matmul f32 dx " + size, flops,
                () -> List.of(Matmul.matmul(empty(device, DType.F32, rows, n), empty(device, DType.F32, n, k), false, false))));
        cases.add(new Case("matmul f32 dw " + size, flops,
                () -> List.of(Matmul.matmul(empty(device, DType.F32, rows, n), empty(device, DType.F32, rows, k), true, false))));
    }

    private static void attention(List<Case> cases, Device device, DType dtype, int seq) {
        int batch = 16, heads = 12, d = 64;
        double flops = 2.0 * batch * heads * seq * seq * d;
        String name = "attention " + dtype + " 16x" + seq;
        Supplier<Tensor> x = () -> empty(device, dtype, batch, seq, heads * d);
        Tensor mask = empty(device, DType.F32, batch, seq), snapshot = Tensor.ofInts(device, Shape.of(4), 1, 2, 3, 4);
        cases.add(new Case(name, 2 * flops, () -> {
            Attention.Result r = Attention.forward(x.get(), x.get(), x.get(), mask, heads, 0.1f, snapshot);
            return List.of(r.out(), r.rowMax(), r.rowSum());
        }));
        Supplier<Tensor> row = () -> empty(device, DType.F32, batch, heads, seq);
        cases.add(new Case(name + " backward", 5 * flops, () -> {
            Attention.Gradients g = Attention.backward(x.get(), x.get(), x.get(), mask, heads, 0.1f, snapshot,
                    new Attention.Result(x.get(), row.get(), row.get()), x.get());
            return List.of(g.dq(), g.dk(), g.dv());
        }));
    }

    private static Tensor empty(Device device, DType dtype, int... dims) {
        return Tensor.zeros(device, Shape.of(dims), dtype);
    }

    private static void time(Device device, Case c, int repetitions) throws Exception {
        List<Launch> launches = Program.record(device, c.body).launches();
        Map<Object, TornadoNativeArray> longs = new IdentityHashMap<>();
        double sum = 0;
        for (Launch launch : launches) {
            double seconds = time(launch, repetitions, longs);
            sum += seconds;
            System.out.printf("%-40s %-32s %10.1f%n", c.name, launch.kernel(), seconds * 1e6);
        }
        System.out.printf("%-40s %-32s %10.1f %10.1f%n", c.name, "all", sum * 1e6, c.flops / sum / 1e12);
    }

    private static double time(Launch launch, int repetitions, Map<Object, TornadoNativeArray> longs) throws Exception {
        int count = launch.argumentCount();
        Object[] arguments = new Object[count + 3];
        arguments[1] = launch.kernel().reference();
        arguments[2] = new KernelContext();
        List<Object> arrays = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Object argument = launch.argument(i);
            if (argument instanceof Buffer buffer) {
                argument = launch.asLongs(i) ? longs.computeIfAbsent(buffer, _ -> new LongArray(buffer.elements() / 4)) : buffer.array();
                fill((TornadoNativeArray) argument, buffer.dtype());
                arrays.add(argument);
            }
            arguments[i + 3] = argument;
        }
        TaskGraph graph = new TaskGraph("b").transferToDevice(DataTransferMode.FIRST_EXECUTION, arrays.toArray());
        GridScheduler scheduler = new GridScheduler();
        for (int i = 0; i < repetitions; i++) {
            arguments[0] = "t" + i;
            graph.addTask(task(arguments));
            WorkerGrid3D worker = new WorkerGrid3D(launch.grid().blocksX() * launch.grid().threads(), launch.grid().blocksY(), launch.grid().blocksZ());
            worker.setLocalWork(launch.grid().threads(), 1, 1);
            scheduler.addWorkerGrid("b.t" + i, worker);
        }
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, arrays.getLast());
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(scheduler).withCUDAGraph();
            double best = Double.MAX_VALUE;
            for (int i = 0; i < ROUNDS + 3; i++) {
                long start = System.nanoTime();
                plan.execute();
                best = i < 3 ? best : Math.min(best, (System.nanoTime() - start) * 1e-9 / repetitions);
            }
            return best;
        }
    }

    private static TaskPackage task(Object[] arguments) throws ReflectiveOperationException {
        for (Method method : TaskPackage.class.getMethods()) {
            if (method.getName().equals("createPackage") && method.getParameterCount() == arguments.length
                    && method.getParameterTypes()[1].isInstance(arguments[1])) {
                return (TaskPackage) method.invoke(null, arguments);
            }
        }
        throw new IllegalArgumentException("no task of " + arguments.length + " arguments");
    }

    /** Random floats or halves around 0, and integers as they are. */
    private static void fill(TornadoNativeArray array, DType dtype) {
        float[] table = new float[1021];
        Random random = new Random(1);
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) random.nextGaussian();
        }
        MemorySegment segment = array.getSegment();
        if (dtype == DType.F16) {
            for (long i = 0; i < segment.byteSize() / 2; i++) {
                segment.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(table[(int) (i * 40503 % 1021)]));
            }
        } else if (dtype == DType.F32 && segment.byteSize() > 64) {
            for (long i = 0; i < segment.byteSize() / 4; i++) {
                segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, table[(int) (i * 40503 % 1021)]);
            }
        }
    }
}
