// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Launch;
import dev.mixed.engine.LoweredLaunches;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Recomputing;
import dev.mixed.engine.Tensor;
import dev.mixed.tornado.cuda.HostMemory;
import dev.mixed.tornado.cuda.KernelLibrary;
import dev.mixed.tornado.cuda.KernelTask;
import dev.mixed.tornado.cuda.nccl.DeviceMemory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Runs programs on a GPU through TornadoVM.
 *
 * <p>A program becomes a few task graphs, each replayed as a CUDA graph. Every array has one copy on the device, which all programs share: only
 * what the host has written is copied in, and only what it reads is copied out.
 *
 * <p>Device memory that programs and single launches once took stays theirs until the JVM ends. Loops of single launches take more with each turn:
 * record them as a program.
 */
public final class TornadoDevice extends Device {
    static final SelfCheck NO_CHECK = _ -> {};
    /** Bytes from which on an array's memory is asked of the system by itself. */
    private static final long LARGE = 1 << 20;
    /** The property that lets programs keep what they could compute again ("false"), or lets small ones compute it again, too ("always"): see {@link Recomputing}. */
    private static final String RECOMPUTE = "mixed.recompute";

    /**
     * All devices that were opened on a GPU. TornadoVM registers the memory of a device's arrays with the driver and never learns that it was freed: where
     * other arrays then lie, in part, the driver refuses to copy, and TornadoVM goes on as if it had.
     */
    private static final List<TornadoDevice> OPENED = new CopyOnWriteArrayList<>();

    private final TornadoPlatform platform;
    private final List<Lowering> lowerings;
    private final Recomputing recomputing;
    private final boolean tf32;
    private final DeviceArrays arrays;
    private final TensorMemory memory = new TensorMemory();
    private final StandIns standIns = new StandIns();
    private final ScratchArrays scratch = new ScratchArrays();
    private final SelfCheck selfCheck;
    private final TaskCompiler compiler;
    private final CompilingDevice ahead;
    private int programs;

    /** @param selfCheck run after the first run of each program */
    TornadoDevice(TornadoPlatform platform, List<Lowering> lowerings, SelfCheck selfCheck) {
        this(platform, lowerings, Recomputing.NOTHING, false, selfCheck, DeviceArrays.OWN_UPLOAD, TaskCompiler.EACH_TASK);
    }

    /**
     * @param recomputing what programs compute again rather than keep
     * @param tf32        whether products of floats round their operands to tf32
     * @param ownUpload   as in {@link DeviceArrays}
     * @param compiler    of all tasks
     */
    TornadoDevice(TornadoPlatform platform, List<Lowering> lowerings, Recomputing recomputing, boolean tf32, SelfCheck selfCheck, long ownUpload,
            TaskCompiler compiler) {
        this.recomputing = recomputing;
        this.tf32 = tf32;
        this.platform = platform;
        this.lowerings = lowerings;
        this.arrays = new DeviceArrays(platform.memoryBytes(), ownUpload, compiler);
        this.compiler = compiler;
        this.ahead = new CompilingDevice(lowerings, recomputing, tf32, compiler);
        this.selfCheck = selfCheck;
    }

    /** Begins to open on another thread what {@link #open} then finds open: for a process that will certainly open a device, and of which no more is known yet. */
    public static void openAhead() {
        OpenedAhead.begin();
    }

    /**
     * TornadoVM's default device, without self-checks.
     *
     * @throws dev.mixed.engine.DeviceException if there is none: what is missing, as a sentence without its end
     */
    public static TornadoDevice open() {
        return open(false);
    }

    /** {@link #open()}; tf32: as in {@link #open(SelfCheck, boolean)}. */
    public static TornadoDevice open(boolean tf32) {
        return open(NO_CHECK, tf32);
    }

    /** {@link #open(SelfCheck, boolean)} without tf32. */
    public static TornadoDevice open(SelfCheck selfCheck) {
        return open(selfCheck, false);
    }

    /**
     * TornadoVM's default device.
     *
     * @param selfCheck run after the first run of each program
     * @param tf32      whether products of floats may round their operands to tf32 ({@link #roundsToTf32} says whether this GPU does), as PyTorch's
     *                  {@code allow_tf32} has it
     * @throws dev.mixed.engine.DeviceException if there is none: what is missing, as a sentence without its end
     */
    public static TornadoDevice open(SelfCheck selfCheck, boolean tf32) {
        TornadoPlatform platform = OpenedAhead.taken().orElseGet(TornadoPlatform::open);
        TaskCompiler compiler = SharedKernels.ofProcess();
        GpuTarget target = new GpuTarget(platform.backend(), compiler.computeCapability(), tf32);
        Recomputing recomputing = switch (System.getProperty(RECOMPUTE, "true")) {
            case "false" -> Recomputing.NOTHING;
            case "always" -> Recomputing.always(GpuLowerings.recomputations(target));
            default -> Recomputing.by(GpuLowerings.recomputations(target));
        };
        TornadoDevice opened = new TornadoDevice(platform, GpuLowerings.all(target), recomputing, target.roundsToTf32(), selfCheck, DeviceArrays.OWN_UPLOAD,
                compiler);
        OPENED.add(opened);
        return opened;
    }

    @Override
    protected void recorded() {
        if (compiler.library().isPresent()) {
            selfCheck.ahead(ahead);
        }
    }

    @Override
    protected void ranFirst() {
        selfCheck.run(this);
    }

    @Override
    public String name() {
        return "gpu";
    }

    @Override
    public String hardware() {
        return platform.device();
    }

    @Override
    public boolean roundsToTf32() {
        return tf32;
    }

    /** What the driver says is free on the GPU. */
    @Override
    public OptionalLong freeMemory() {
        return OptionalLong.of(Math.min(arrays.left(), driverFree()));
    }

    private static long driverFree() {
        try {
            long free = CudaDriver.free();
            return free < 0 ? Long.MAX_VALUE : free;
        } catch (DeviceException e) {
            return Long.MAX_VALUE;
        }
    }

    /** The GPU and the backend that compiles for it. */
    public TornadoPlatform platform() {
        return platform;
    }

    @Override
    protected List<Lowering> lowerings() {
        return lowerings;
    }

    @Override
    protected Recomputing recomputing() {
        return recomputing;
    }

    /** The host's memory of large arrays, which it may never look at, such as gradients, comes while the run goes on. */
    @Override
    protected TornadoNativeArray allocate(DType dtype, int elements) {
        long bytes = TornadoNativeArray.ARRAY_HEADER + (long) elements * dtype.bytes();
        return bytes < LARGE || compiler.library().isEmpty() ? super.allocate(dtype, elements) : dtype.over(HostMemory.zeroed(bytes));
    }

    @Override
    protected TornadoNativeArray scratch(DType dtype, int elements) {
        return scratch.allocate(dtype, elements);
    }

    @Override
    protected Executable prepare(List<Launch> launches) {
        List<KernelTask> tasks = ProgramGraph.tasks(launches, standIns);
        compiler.begin(tasks);
        return new CompiledOnce(() -> TornadoErrors.explained(() -> compile(launches, tasks)));
    }

    private Executable compile(List<Launch> launches, List<KernelTask> tasks) {
        compiler.prepare(tasks);
        Set<TornadoNativeArray> used = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<TornadoNativeArray> written = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<TornadoNativeArray> blank = Collections.newSetFromMap(new IdentityHashMap<>());
        List<TornadoNativeArray> order = new ArrayList<>();
        for (Launch launch : launches) {
            for (int i = 0; i < launch.argumentCount(); i++) {
                if (launch.argument(i) instanceof Buffer buffer) {
                    if (used.add(buffer.array())) {
                        order.add(buffer.array());
                        if (buffer.persistent() && buffer.hostBlank()) {
                            blank.add(buffer.array());
                        }
                    }
                    if (launch.access(i) != Launch.Access.READ) {
                        written.add(buffer.array());
                    }
                }
            }
        }
        // An upload of a storage graph repeats all of it, so what is never uploaded again stands apart.
        arrays.admit(order.stream().filter(array -> !scratch.contains(array)).toList(), blank::contains);
        // Nobody has written these either: where the GPU makes zeros of its own, nothing is copied.
        arrays.admit(order.stream().filter(scratch::contains).toList(), _ -> true);
        String name = "program" + programs++;
        List<ProgramGraph> once = graphs(name + "once", launches.stream().filter(Launch::once).toList());
        List<ProgramGraph> each = graphs(name + "part", launches.stream().filter(launch -> !launch.once()).toList());
        Replay graphs = new Replay(compiler, () -> each.forEach(ProgramGraph::run), () -> compiler.captured(each.stream().map(ProgramGraph::plan).toList()));
        Residence[] residents = order.stream().map(arrays::admitted).toArray(Residence[]::new);
        Residence[] results = written.stream().map(arrays::admitted).toArray(Residence[]::new);
        return () -> TornadoErrors.explained(() -> {
            // Another program may have been recorded since.
            compiler.settle();
            arrays.upload(residents);
            if (!once.isEmpty()) {
                compiler.awaitGraphs();
                once.forEach(ProgramGraph::run);
                once.clear();
            }
            graphs.start();
            for (Residence result : results) {
                result.deviceNewer = true;
            }
            return null;
        });
    }

    /** Compiled when it first runs. */
    private static final class CompiledOnce implements Executable {
        private final Supplier<Executable> compilation;
        private @Nullable Executable compiled;

        CompiledOnce(Supplier<Executable> compilation) {
            this.compilation = compilation;
        }

        @Override
        public void run() {
            if (compiled == null) {
                compiled = compilation.get();
            }
            compiled.run();
        }
    }

    private List<ProgramGraph> graphs(String name, List<Launch> launches) {
        List<ProgramGraph> graphs = new ArrayList<>();
        for (List<Launch> part : GraphSplitter.split(launches)) {
            graphs.add(new ProgramGraph(name + graphs.size(), part, arrays, standIns, compiler, true));
        }
        return graphs;
    }

    /**
     * Lets a library work on tensors where they lie on the GPU, after all that was recorded or begun so far. What the host wrote is there; what the host reads
     * afterwards comes from there.
     *
     * @param work gets them in order; it may begin what goes on after it has returned, in the order of {@link KernelLibrary#stream}
     */
    void onMemory(List<Tensor> tensors, Consumer<List<DeviceMemory>> work) {
        try (Use _ = use()) {
            synchronize();
            TornadoErrors.explained(() -> {
                compiler.settle();
                memory.locate(tensors, this);
                Residence[] residents = tensors.stream().map(t -> arrays.admitted(t.buffer().array())).toArray(Residence[]::new);
                arrays.upload(residents);
                tensors.forEach(Device::changed);
                work.accept(tensors.stream().map(memory::of).toList());
                for (Residence resident : residents) {
                    resident.deviceNewer = true;
                }
                return null;
            });
        }
    }

    /** Runs launches of the device's own. */
    void runOwn(Consumer<LoweredLaunches> emitted) {
        runNow(emitted);
    }

    /** Numbers of a table that launches have filled. */
    int[] readOwn(Buffer table) {
        hostReads(table);
        return ((IntArray) table.array()).toHeapArray();
    }

    /** What extends TornadoVM for this device. */
    Optional<KernelLibrary> library() {
        return compiler.library();
    }

    @Override
    protected void awaitRuns() {
        TornadoErrors.explained(() -> {
            compiler.awaitGraphs();
            return null;
        });
    }

    @Override
    public boolean compilesInFirstRun() {
        return true;
    }

    @Override
    protected void hostWrote(Buffer buffer) {
        arrays.hostWrote(buffer.array());
    }

    @Override
    protected void hostReads(Buffer buffer) {
        TornadoErrors.explained(() -> {
            compiler.settle();
            arrays.download(buffer.array());
            return null;
        });
    }
}
