// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import dev.mixed.intrinsics.Capability;
import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.tornado.Tasks;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;
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
 * Compiles kernels, each once: TornadoVM makes CUDA C of one after the other, since its sketches share a map without a lock, and NVRTC compiles that
 * on all processors meanwhile.
 */
final class KernelCompiler {
    /** An execution plan that never runs: its code cache holds what is compiled here. */
    private static final long PLAN = Long.MAX_VALUE;

    private final Internals internals;
    private final IntrinsicKernels intrinsics;
    private int graphs;

    KernelCompiler(Internals internals, IntrinsicKernels intrinsics) {
        this.internals = internals;
        this.intrinsics = intrinsics;
    }

    /** Compiles tasks; {@code compiled} takes each and its kernel, in order; {@code capability} is what the task's intrinsics need, if it has any. */
    void compile(List<KernelTask> tasks, Function<KernelTask, Optional<Capability>> capability, BiConsumer<KernelTask, Compiled> compiled) {
        try (NvrtcThreads nvrtc = new NvrtcThreads(internals.context)) {
            internals.replaceCache(PLAN, nvrtc);
            List<SchedulableTask> generated = new ArrayList<>();
            for (KernelTask task : tasks) {
                SchedulableTask schedulable = schedulable(task);
                if (task.grid() == null) {
                    nvrtc.loop(schedulable.getId());
                }
                if (task.grid() instanceof KernelGrid grid) {
                    capability.apply(task).ifPresent(needed -> nvrtc.compileWith(schedulable.getId(), source -> intrinsics.compile(source, grid, needed)));
                }
                internals.device.installCode(PLAN, schedulable);
                generated.add(schedulable);
            }
            for (int i = 0; i < generated.size(); i++) {
                SchedulableTask task = generated.get(i);
                compiled.accept(tasks.get(i), result(task, nvrtc.await(task.getId())));
            }
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

    /** A task in a graph that never runs. */
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
