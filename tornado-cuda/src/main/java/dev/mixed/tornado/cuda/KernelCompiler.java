// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import dev.mixed.intrinsics.Capability;
import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.tornado.Tasks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.api.common.SchedulableTask;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;
import uk.ac.manchester.tornado.runtime.profiler.EmptyProfiler;
import uk.ac.manchester.tornado.runtime.tasks.TornadoTaskGraph;
import uk.ac.manchester.tornado.runtime.tasks.meta.TaskDataContext;

/**
 * Compiles kernels, each once, in three stages that work at the same time: TornadoVM makes a sketch of one kernel after the other, which is half of its work,
 * and CUDA C of one sketch after the other, and NVRTC compiles that on all processors. Neither of the first two may be on two threads: sketches leave how
 * arguments are used in a field that all share, and the compiler holds a lock.
 */
final class KernelCompiler {
    /** An execution plan that never runs: its code cache holds what is compiled here. */
    private static final long PLAN = Long.MAX_VALUE;

    private final Internals internals;
    private final IntrinsicKernels intrinsics;
    private final NvrtcThreads nvrtc;
    private final ExecutorService sketches = DaemonThreads.of(1, "mixed-sketches-");
    private int graphs;

    KernelCompiler(Internals internals, IntrinsicKernels intrinsics) {
        this.internals = internals;
        this.intrinsics = intrinsics;
        this.nvrtc = new NvrtcThreads(internals.context);
        internals.replaceCache(PLAN, nvrtc);
    }

    /**
     * Generates the code of tasks; {@code begun} takes each, in order, and what waits for its kernel.
     *
     * @param capability what a task's intrinsics need, if it has any
     */
    void begin(List<KernelTask> tasks, Function<KernelTask, Optional<Capability>> capability, BiConsumer<KernelTask, Supplier<Compiled>> begun) {
        List<Future<SchedulableTask>> sketched = new ArrayList<>();
        for (KernelTask task : tasks) {
            sketched.add(sketches.submit(() -> schedulable(task)));
        }
        try {
            for (int i = 0; i < tasks.size(); i++) {
                KernelTask task = tasks.get(i);
                SchedulableTask schedulable = NvrtcThreads.await(sketched.get(i));
                if (task.grid() == null) {
                    nvrtc.loop(schedulable.getId());
                }
                if (task.grid() instanceof KernelGrid grid) {
                    capability.apply(task).ifPresent(needed -> nvrtc.compileWith(schedulable.getId(), source -> intrinsics.compile(source, grid, needed)));
                }
                internals.device.installCode(PLAN, schedulable);
                Future<CUDAInstalledCode> code = nvrtc.pending(schedulable.getId());
                begun.accept(task, () -> result(schedulable, NvrtcThreads.await(code)));
            }
        } finally {
            sketched.forEach(sketch -> sketch.cancel(false));
        }
    }

    /** A compiled kernel and its code, loaded on the GPU. */
    record Compiled(StoredKernel kernel, SharedCode code) {
    }

    private Compiled result(SchedulableTask task, CUDAInstalledCode code) {
        TaskDataContext meta = (TaskDataContext) task.meta();
        List<Integer> access = new ArrayList<>();
        for (Access argument : meta.getArgumentsAccess()) {
            access.add((int) argument.position);
        }
        List<Integer> domain = new ArrayList<>();
        for (int i = 0; meta.hasDomain() && i < meta.getDomain().getDepth(); i++) {
            domain.add(meta.getDomain().get(i).cardinality());
        }
        // Not the loaded kernel's name, which TornadoVM fills up with NULs.
        String entry = CUDADeviceContext.checkKernelName(task.getTaskName());
        StoredKernel kernel = new StoredKernel(entry, List.copyOf(access), List.copyOf(domain), internals.binary(code.getProgram()));
        return new Compiled(kernel, new SharedCode(entry, kernel.binary(), internals.context, code.getProgram(), code.getKernel()));
    }

    /** A task in a graph that never runs, and its sketch. */
    private SchedulableTask schedulable(KernelTask task) {
        String name = "kernel" + graphs++;
        TornadoTaskGraph graph = new TornadoTaskGraph(name);
        graph.addTask(Tasks.of("t", task.code(), task.arguments().stream().map(KernelCompiler::fresh).toArray()));
        SchedulableTask schedulable = graph.getTask(name + ".t");
        schedulable.setDevice(internals.device);
        schedulable.attachProfiler(new EmptyProfiler());
        WorkerGrid grid = task.grid();
        if (grid != null) {
            GridScheduler grids = new GridScheduler();
            grids.addWorkerGrid(schedulable.getId(), grid);
            schedulable.setUseGridScheduler(true);
            schedulable.setGridScheduler(grids);
        }
        return schedulable;
    }

    /** Arrays of the same types and sizes, which no other graph knows. */
    private static Object fresh(Object argument) {
        return switch (argument) {
            case FloatArray array -> new FloatArray(array.getSize());
            case HalfFloatArray array -> new HalfFloatArray(array.getSize());
            case IntArray array -> new IntArray(array.getSize());
            case LongArray array -> new LongArray(array.getSize());
            case DoubleArray array -> new DoubleArray(array.getSize());
            case ByteArray array -> new ByteArray(array.getSize());
            default -> argument;
        };
    }
}
