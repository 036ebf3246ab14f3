// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

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
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** The launches that stand for an op at BERT-base's shapes on a GPU, each in a CUDA graph of its own. Values are random, results are not looked at. */
@State(Scope.Thread)
@Fork(1)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 10, time = 100, timeUnit = TimeUnit.MILLISECONDS)
public abstract class LoweringBenchmark {
    private static final int HEADS = 12;
    private static final int HEAD = 64;

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

    /** Products in single precision. */
    public static class Product extends LoweringBenchmark {
        /** Which of a layer's products. */
        public enum Of {
            /** The output. */
            Y,
            /** The input's gradient. */
            DX,
            /** The weight's gradient. */
            DW
        }

        /** Which product. */
        @Param
        public Of product;

        /** Rows, outputs and inputs of the layer. */
        @Param({"8192x768x768", "8192x3072x768", "8192x768x3072", "512x768x768", "512x3072x768", "512x768x3072"})
        public String layer;

        @Override
        double gflop() {
            int[] s = Inputs.sizes(layer);
            return 2e-9 * s[0] * s[1] * s[2];
        }

        @Override
        Supplier<List<Tensor>> body(Device device) {
            int[] s = Inputs.sizes(layer);
            Tensor x = empty(device, DType.F32, s[0], s[2]);
            Tensor w = empty(device, DType.F32, s[1], s[2]);
            Tensor dy = empty(device, DType.F32, s[0], s[1]);
            return () -> List.of(switch (product) {
                case Y -> Matmul.matmul(x, w, false, true);
                case DX -> Matmul.matmul(dy, w, false, false);
                case DW -> Matmul.matmul(dy, x, true, false);
            });
        }
    }

    /** Attention of a batch of 16. */
    public static class AttentionOp extends LoweringBenchmark {
        /** Precision of queries, keys and values. */
        @Param({"F16", "F32"})
        public DType dtype;

        /** Length of each text. */
        @Param({"512", "128", "32"})
        public int seq;

        /** The gradients. */
        @Param({"false", "true"})
        public boolean backward;

        @Override
        double gflop() {
            return (backward ? 5 : 2) * 2e-9 * 16 * HEADS * seq * seq * HEAD;
        }

        @Override
        Supplier<List<Tensor>> body(Device device) {
            Tensor mask = empty(device, DType.F32, 16, seq);
            Tensor snapshot = Tensor.ofInts(device, Shape.of(4), 1, 2, 3, 4);
            Supplier<Tensor> x = () -> empty(device, dtype, 16, seq, HEADS * HEAD);
            Supplier<Tensor> row = () -> empty(device, DType.F32, 16, HEADS, seq);
            return () -> {
                if (!backward) {
                    Attention.Result r = Attention.forward(x.get(), x.get(), x.get(), mask, HEADS, 0.1f, snapshot);
                    return List.of(r.out(), r.rowMax(), r.rowSum());
                }
                Attention.Result forward = new Attention.Result(x.get(), row.get(), row.get());
                Attention.Gradients g = Attention.backward(x.get(), x.get(), x.get(), mask, HEADS, 0.1f, snapshot, forward, x.get());
                return List.of(g.dq(), g.dk(), g.dv());
            };
        }
    }

    private final List<CapturedGraph> graphs = new ArrayList<>();
    private double gflop;

    abstract double gflop();

    /** Makes what the op needs, and returns what is recorded. */
    abstract Supplier<List<Tensor>> body(Device device);

    static Tensor empty(Device device, DType dtype, int... dims) {
        return Tensor.zeros(device, Shape.of(dims), dtype);
    }

    /** Lowers the op, names its kernels, and captures a graph for each. */
    @Setup
    public void capture() {
        gflop = gflop();
        Planner device = new Planner();
        List<Launch> launches = Program.record(device, body(device)).launches();
        IdentityHashMap<Buffer, TornadoNativeArray> longs = new IdentityHashMap<>();
        for (Launch launch : launches) {
            graphs.add(graph(launch, longs));
        }
        System.out.println(launches.stream().map(launch -> launch.kernel().toString()).toList());
    }

    /** All launches. */
    @Benchmark
    @OperationsPerInvocation(CapturedGraph.TASKS)
    public void run(Arithmetic done) {
        for (CapturedGraph graph : graphs) {
            graph.run();
        }
        done.gflop += CapturedGraph.TASKS * gflop;
    }

    /** Frees the device's memory. */
    @TearDown
    public void close() throws Exception {
        for (CapturedGraph graph : graphs) {
            graph.close();
        }
    }

    private static CapturedGraph graph(Launch launch, IdentityHashMap<Buffer, TornadoNativeArray> longs) {
        int count = launch.argumentCount();
        Object[] arguments = new Object[count + 3];
        arguments[1] = launch.kernel().reference();
        arguments[2] = new KernelContext();
        List<Object> arrays = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Object argument = launch.argument(i);
            if (argument instanceof Buffer buffer) {
                TornadoNativeArray array = launch.asLongs(i) ? longs.computeIfAbsent(buffer, b -> new LongArray(b.elements() / 4)) : buffer.array();
                fill(array, buffer.dtype());
                arrays.add(array);
                argument = array;
            }
            arguments[i + 3] = argument;
        }
        int[] threads = {launch.grid().blocksX() * launch.grid().threads(), launch.grid().blocksY(), launch.grid().blocksZ()};
        return new CapturedGraph((g, id) -> {
            arguments[0] = id;
            g.addTask(task(arguments));
        }, threads, launch.grid().threads(), arrays.getLast(), arrays.toArray());
    }

    private static TaskPackage task(Object[] arguments) {
        for (Method method : TaskPackage.class.getMethods()) {
            if (method.getName().equals("createPackage") && method.getParameterCount() == arguments.length
                    && method.getParameterTypes()[1].isInstance(arguments[1])) {
                try {
                    return (TaskPackage) method.invoke(null, arguments);
                } catch (ReflectiveOperationException e) {
                    throw new IllegalStateException(e);
                }
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
