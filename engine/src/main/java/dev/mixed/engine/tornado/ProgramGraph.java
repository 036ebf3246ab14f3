// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Grid;
import dev.mixed.engine.GridExtras;
import dev.mixed.engine.Launch;
import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.tornado.cuda.KernelTask;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** One task graph of a program: its tasks on stand-ins, mapped on the arrays' memory, captured once as a CUDA graph and then replayed. */
final class ProgramGraph {
    /** One for all: the ptx backend names a kernel after its context, and compiles it anew for another. */
    private static final KernelContext CONTEXT = new KernelContext();

    private final TornadoExecutionPlan plan;

    /**
     * @param launches few enough for one task graph
     * @param compiler has prepared the launches' {@link #tasks}
     * @param capture  false runs the tasks one by one, which a profile needs
     */
    ProgramGraph(String name, List<Launch> launches, DeviceArrays arrays, StandIns standIns, TaskCompiler compiler, boolean capture) {
        TaskGraph graph = new TaskGraph(name);
        GridScheduler grids = new GridScheduler();
        IdentityHashMap<TornadoNativeArray, TornadoNativeArray> originals = new IdentityHashMap<>();
        List<KernelTask> tasks = launches.stream().map(launch -> task(launch, standIns, originals)).toList();
        graph.transferToDevice(DataTransferMode.UNDER_DEMAND, originals.keySet().toArray());
        boolean anyGrid = false;
        for (int i = 0; i < launches.size(); i++) {
            KernelTask task = tasks.get(i);
            compiler.add(graph, "t" + i, task);
            if (task.grid() != null) {
                grids.addWorkerGrid(name + ".t" + i, task.grid());
                anyGrid = true;
            }
        }
        Set<StorageGraph> storages = new LinkedHashSet<>();
        originals.values().forEach(a -> storages.add(arrays.admitted(a).storage));
        List<StorageGraph> sources = new ArrayList<>(storages);
        ImmutableTaskGraph[] graphs = new ImmutableTaskGraph[sources.size() + 1];
        for (int i = 0; i < sources.size(); i++) {
            graphs[i] = sources.get(i).graph();
        }
        int own = sources.size();
        graphs[own] = graph.snapshot();
        plan = new TornadoExecutionPlan(graphs);
        for (int i = 0; i < launches.size(); i++) {
            compiler.install(plan, name + ".t" + i, tasks.get(i));
        }
        originals.forEach((standIn, array) -> plan.mapOnDeviceMemoryRegion(standIn, array, 0, sources.indexOf(arrays.admitted(array).storage), own));
        plan.withGraph(own);
        if (anyGrid) {
            plan.withGridScheduler(grids);
        }
        if (capture) {
            plan.withCUDAGraph();
        }
    }

    /** Tasks of launches, for a compiler to prepare them all before graphs are made of them. */
    static List<KernelTask> tasks(List<Launch> launches, StandIns standIns) {
        IdentityHashMap<TornadoNativeArray, TornadoNativeArray> originals = new IdentityHashMap<>();
        return launches.stream().map(launch -> task(launch, standIns, originals)).toList();
    }

    /** @param originals takes the array of each stand-in that the task is called with */
    private static KernelTask task(Launch launch, StandIns standIns, Map<TornadoNativeArray, TornadoNativeArray> originals) {
        boolean onGrid = launch.kernel().onGrid();
        WorkerGrid grid = onGrid ? worker(Objects.requireNonNull(launch.grid(), "a grid kernel is launched over a grid"), launch.extras()) : null;
        return new KernelTask(launch.kernel().reference(), List.of(arguments(launch, standIns, originals)), grid);
    }

    private static Object[] arguments(Launch launch, StandIns standIns, Map<TornadoNativeArray, TornadoNativeArray> originals) {
        boolean onGrid = launch.kernel().onGrid();
        Object[] arguments = new Object[launch.kernel().arity()];
        int first = onGrid ? 1 : 0;
        for (int i = 0; i < launch.argumentCount(); i++) {
            Object argument = launch.argument(i);
            if (argument instanceof Buffer buffer) {
                TornadoNativeArray standIn = standIns.of(buffer.array(), launch.asLongs(i), occurrence(launch, i, buffer.array()));
                originals.put(standIn, buffer.array());
                argument = standIn;
            }
            arguments[first + i] = argument;
        }
        if (onGrid) {
            arguments[0] = CONTEXT;
        } else {
            arguments[arguments.length - 2] = 0;
            arguments[arguments.length - 1] = launch.range();
        }
        return arguments;
    }

    /** How many arguments before argument {@code i} are the same array. */
    private static int occurrence(Launch launch, int i, TornadoNativeArray array) {
        int before = 0;
        for (int j = 0; j < i; j++) {
            if (launch.argument(j) instanceof Buffer other && other.array() == array) {
                before++;
            }
        }
        return before;
    }

    private static WorkerGrid worker(Grid grid, GridExtras extras) {
        return new KernelGrid(grid.blocksX(), grid.blocksY(), grid.blocksZ(), grid.threads(), extras.sharedBytes(), extras.blocksPerProcessor(), extras.maps());
    }

    TornadoExecutionPlan plan() {
        return plan;
    }

    TornadoExecutionResult run() {
        return plan.execute();
    }
}
