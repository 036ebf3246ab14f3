// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import dev.mixed.intrinsics.Capability;
import dev.mixed.intrinsics.KernelCapability;
import dev.mixed.intrinsics.KernelGrid;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.drivers.cuda.CUDAProgram;
import uk.ac.manchester.tornado.drivers.cuda.enums.CUDABuildStatus;
import uk.ac.manchester.tornado.runtime.analyzer.TaskUtils;

/**
 * The compiled kernels of this process: tasks with the same kernel, numbers and types of arrays share one, which is compiled once, or read from a
 * {@link KernelStore} where an earlier process has compiled it.
 *
 * <p>{@link Extension#kernels} opens one. One thread at a time; after {@link #begin}, another works on kernels until {@link #settle} or {@link #prepare} has
 * returned, and TornadoVM is not to be used.
 */
public final class KernelLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(KernelLibrary.class);

    private final Internals internals;
    private final IntrinsicKernels intrinsics;
    private final KernelCompiler compiler;
    private final Optional<KernelStore> store;
    private final String environment;
    private final IdentityHashMap<Object, Method> methods = new IdentityHashMap<>();
    private final Map<Method, Optional<Capability>> capabilities = new HashMap<>();
    private final Map<Method, Optional<String>> digests = new HashMap<>();
    private final Map<String, ReadyKernel> ready = new HashMap<>();
    /** Kernels that NVRTC may be compiling still. */
    private final Map<String, Pending> pending = new LinkedHashMap<>();
    private final ExecutorService ahead = DaemonThreads.of(1, "mixed-kernels-");
    private @Nullable Future<?> begun;
    private int compiled;
    private int loaded;

    private KernelLibrary(Internals internals, IntrinsicKernels intrinsics, Optional<KernelStore> store) {
        this.internals = internals;
        this.intrinsics = intrinsics;
        this.compiler = new KernelCompiler(internals, intrinsics);
        this.store = store;
        this.environment = CompilerEnvironment.describe(internals.context);
    }

    /** A kernel and what waits for it. */
    private record Pending(KernelTask task, Supplier<KernelCompiler.Compiled> result) {
    }

    static KernelLibrary open(Optional<KernelStore> store) throws NotExtensibleException {
        Internals internals = Internals.find();
        // Asked first: it loads NVRTC's library.
        CUDAProgram.getNvrtcVersion();
        Driver driver = Driver.open();
        if (System.getProperty(Extension.CONTEXT, "own").equals("primary")) {
            PrimaryContext.enter(internals.context, driver);
        }
        KernelLibrary library = new KernelLibrary(internals, IntrinsicKernels.open(internals, driver), store);
        System.setProperty(ReadyTaskGraph.PROPERTY, ReadyTaskGraph.class.getName());
        return library;
    }

    /** Begins on another thread what {@link #prepare} will do with these tasks, too: that will find most of it done, and says what fails. */
    public void begin(Collection<KernelTask> tasks) {
        List<KernelTask> all = List.copyOf(tasks);
        begun = ahead.submit(() -> generate(all));
    }

    /** Waits for what {@link #begin} has begun, but for NVRTC: TornadoVM may be used again. */
    public void settle() {
        if (begun == null) {
            return;
        }
        try {
            NvrtcThreads.await(begun);
        } catch (RuntimeException e) {
            if (!begun.isDone()) {
                throw e;
            }
            LOG.debug("a kernel that was begun ahead could not be compiled; what needs it will say so", e);
        }
        begun = null;
    }

    /** Compiles or reads what is not there yet; all that will run, together, compiles fastest. */
    public void prepare(Collection<KernelTask> tasks) {
        settle();
        generate(tasks);
        if (pending.isEmpty()) {
            return;
        }
        for (String key : List.copyOf(pending.keySet())) {
            Pending kernel = Objects.requireNonNull(pending.remove(key), key);
            KernelCompiler.Compiled result = kernel.result().get();
            compiled++;
            add(key, result.kernel(), result.code());
            storedKey(kernel.task(), key).ifPresent(stored -> store.ifPresent(s -> s.write(stored, result.kernel())));
        }
        store.ifPresent(KernelStore::trim);
        LOG.debug("{} kernels compiled, {} read, so far", compiled, loaded);
    }

    private void generate(Collection<KernelTask> tasks) {
        Map<String, KernelTask> missing = new LinkedHashMap<>();
        for (KernelTask task : tasks) {
            String key = key(task);
            if (!ready.containsKey(key) && !pending.containsKey(key) && !missing.containsKey(key) && !load(task, key)) {
                missing.put(key, task);
            }
        }
        compiler.begin(List.copyOf(missing.values()), this::capability, (task, result) -> pending.put(key(task), new Pending(task, result)));
    }

    /** Adds a prepared task to a graph, called with arguments of its own. */
    public void addTo(TaskGraph graph, String name, KernelTask task) {
        ReadyKernel kernel = kernel(task);
        graph.prebuiltTask(name, kernel.kernel().entry(), kernel.name(), kernel.parameters(task.arguments().toArray()));
    }

    /**
     * Gives an execution plan the code of a task.
     *
     * @param plan the plan's number
     * @param id   the name of its graph, a dot, and that of the task
     */
    public void install(long plan, String id, KernelTask task) {
        ReadyKernel kernel = kernel(task);
        SharedCode code = kernel.code();
        internals.install(plan, id, kernel.kernel().entry(),
                capability(task).isEmpty() ? code : code.with(intrinsics.launched(code.getKernel(), internals.context, task)));
    }

    /**
     * What runs execution plans again that have run once, each as one captured graph: {@link Runnable#run} begins that, one graph after the other, and
     * returns. {@link #awaitGraphs} waits; only then may plans run, or arrays be copied.
     *
     * @param plans the plans' numbers
     * @return empty where a plan was not captured
     * @throws DriverException where kernels have failed up to now
     */
    public Optional<Runnable> captured(List<Long> plans) {
        List<CapturedGraph> graphs = plans.stream().map(intrinsics::captured).flatMap(Optional::stream).toList();
        if (!graphs.isEmpty()) {
            intrinsics.graphs().check(graphs.getFirst());
        }
        return graphs.size() == plans.size() ? Optional.of(() -> intrinsics.graphs().launch(graphs)) : Optional.empty();
    }

    /**
     * What copies arrays to the GPU again that an execution plan has copied there when it ran, as one step among the graphs of {@link #captured}: it takes
     * what the arrays hold when it is called, and returns before they are copied.
     *
     * @param plan   the plan's number
     * @param arrays with their headers
     * @return empty where that can't be done
     */
    public Optional<Runnable> copies(long plan, List<MemorySegment> arrays) {
        return intrinsics.graphs().copies(intrinsics.copies(plan), arrays);
    }

    /**
     * Runs uploads of arrays of which some hold nothing but zeros: the GPU makes those itself.
     *
     * @param zeros these, with their headers
     */
    public void upload(Collection<MemorySegment> zeros, Runnable uploads) {
        intrinsics.zeros().during(zeros, uploads);
    }

    /** Waits for all graphs and copies that were begun. */
    public void awaitGraphs() {
        intrinsics.graphs().await();
    }

    /** The stream on which captured graphs are begun. */
    public ProgramStream stream() {
        return intrinsics.graphs();
    }

    /** The GPU's compute capability, 10 * major + minor: for which intrinsics kernels may be added. */
    public int computeCapability() {
        return intrinsics.gpu();
    }

    /** How many kernels this process has compiled. */
    public int compiled() {
        return compiled;
    }

    /** How many kernels this process has read from its store. */
    public int loaded() {
        return loaded;
    }

    private ReadyKernel kernel(KernelTask task) {
        return Objects.requireNonNull(ready.get(key(task)), "kernels are prepared before they are used");
    }

    private String key(KernelTask task) {
        String signature = method(task).toGenericString() + task.signature();
        Optional<Capability> needed = capability(task);
        return needed.isEmpty() ? signature : signature + " " + intrinsics.architecture(needed.get()) + " " + task.bounds();
    }

    /** What a task's kernel needs of a GPU; empty where it calls no intrinsic. */
    private Optional<Capability> capability(KernelTask task) {
        return task.grid() instanceof KernelGrid ? capabilities.computeIfAbsent(method(task), KernelCapability::of) : Optional.empty();
    }

    private Method method(KernelTask task) {
        return methods.computeIfAbsent(task.code(), TaskUtils::resolveMethodHandle);
    }

    /** The key on disk; empty for a kernel whose dependencies can't be told. */
    private Optional<String> storedKey(KernelTask task, String key) {
        if (store.isEmpty()) {
            return Optional.empty();
        }
        return digests.computeIfAbsent(method(task), KernelDigest::of).map(digest -> environment + "classes " + digest + '\n' + key);
    }

    private boolean load(KernelTask task, String key) {
        Optional<StoredKernel> stored = storedKey(task, key).flatMap(k -> store.orElseThrow().read(k));
        Optional<SharedCode> code = stored.filter(kernel -> kernel.access().size() == task.arguments().size()).flatMap(this::load);
        if (code.isEmpty()) {
            return false;
        }
        add(key, stored.orElseThrow(), code.get());
        loaded++;
        return true;
    }

    /** Loads a kernel on the GPU; empty if the driver does not take it. */
    private Optional<SharedCode> load(StoredKernel kernel) {
        CUDAProgram module = internals.context.createProgramWithBinary(kernel.binary(), new long[] {kernel.binary().length});
        module.build("");
        if (module.getStatus(internals.context.getDeviceId()) != CUDABuildStatus.CL_BUILD_SUCCESS) {
            return Optional.empty();
        }
        return Optional.of(new SharedCode(kernel.entry(), kernel.binary(), internals.context, module, module.clCreateKernel(kernel.entry())));
    }

    private void add(String key, StoredKernel kernel, SharedCode code) {
        ReadyKernel added = new ReadyKernel("kernel " + ready.size(), kernel, code);
        ReadyTaskGraph.know(added);
        ready.put(key, added);
    }
}
