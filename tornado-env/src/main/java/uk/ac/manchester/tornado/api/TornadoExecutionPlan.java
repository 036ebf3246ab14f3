// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.runtime.ExecutorFrame;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** Graphs that run one after the other, or a selected one of them, and how they run. Every {@code with} method changes the plan itself. */
public class TornadoExecutionPlan implements AutoCloseable {
    public static TornadoDevice DEFAULT_DEVICE = TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();

    private static final AtomicLong PLANS = new AtomicLong();

    private final List<ImmutableTaskGraph> graphs;
    private final ExecutorFrame frame = new ExecutorFrame(PLANS.incrementAndGet());
    private final List<TornadoExecutionResult> results = new ArrayList<>();
    private List<ImmutableTaskGraph> selected;

    /** A plan of graphs; by default all of them run. */
    public TornadoExecutionPlan(ImmutableTaskGraph... immutableTaskGraphs) {
        graphs = List.of(immutableTaskGraphs);
        selected = graphs;
    }

    /** A device of a backend, both counted from 0. */
    public static TornadoDevice getDevice(int driverIndex, int deviceIndex) {
        return TornadoRuntimeProvider.getTornadoRuntime().getBackend(driverIndex).getDevice(deviceIndex);
    }

    /** The number of plans made so far. */
    public static int getTotalPlans() {
        return PLANS.intValue();
    }

    /** Runs the selected graphs in order. */
    public TornadoExecutionResult execute() {
        for (ImmutableTaskGraph graph : selected) {
            graph.graph().execute(frame);
        }
        TornadoTaskGraphInterface last = selected.getLast().graph();
        graphs.forEach(graph -> graph.graph().setLastExecutedTaskGraph(last));
        TornadoExecutionResult result = new TornadoExecutionResult(selected);
        results.add(result);
        return result;
    }

    /** Selects one graph, counted from 0. */
    public TornadoExecutionPlan withGraph(int graphIndex) {
        if (graphIndex < 0 || graphIndex >= graphs.size()) {
            throw new TornadoRuntimeException("the plan has " + graphs.size() + " graphs, there is none at " + graphIndex);
        }
        selected = List.of(graphs.get(graphIndex));
        return this;
    }

    /** Selects all graphs. */
    public TornadoExecutionPlan withAllGraphs() {
        selected = graphs;
        return this;
    }

    /** Prepares the selected graphs, so that their first execution is no slower than the later ones. */
    public TornadoExecutionPlan withPreCompilation() {
        selected.forEach(graph -> graph.graph().withPreCompilation(frame));
        return this;
    }

    /** Moves the selected graphs to a device. */
    public TornadoExecutionPlan withDevice(TornadoDevice device) {
        selected.forEach(graph -> graph.graph().setDevice(device));
        return this;
    }

    /** The device of a graph among the selected ones. */
    public TornadoDevice getDevice(int immutableTaskGraphIndex) {
        return selected.get(immutableTaskGraphIndex).graph().getDevice();
    }

    /** Gives back the device memory of the selected graphs; arrays of {@code FIRST_EXECUTION} are copied anew. */
    public TornadoExecutionPlan freeDeviceMemory() {
        selected.forEach(graph -> graph.graph().freeDeviceMemory());
        return this;
    }

    /**
     * Maps an array of one graph onto the device memory of another graph's array: from then on both stand for the same bytes. Their sizes and types
     * may differ. Selects all graphs.
     *
     * @param offset elements to skip in the source; only 0 means the same memory on every backend
     */
    public void mapOnDeviceMemoryRegion(Object destTornadoArray, Object srcTornadoArray, long offset, int fromGraphIndex, int toGraphIndex) {
        selected = graphs;
        graphs.get(toGraphIndex).graph().mapOnDeviceMemoryRegion(destTornadoArray, srcTornadoArray, offset, graphs.get(fromGraphIndex).graph());
    }

    /** Sets the grids of tasks; at least one of them must be a task of the plan. */
    public TornadoExecutionPlan withGridScheduler(GridScheduler gridScheduler) {
        graphs.forEach(graph -> graph.graph().withGridScheduler(gridScheduler));
        if (graphs.stream().noneMatch(graph -> graph.graph().isGridRegistered())) {
            throw new TornadoRuntimeException("no task of the plan is named in the grid scheduler: " + gridScheduler.keySet());
        }
        frame.setGridScheduler(gridScheduler);
        return this;
    }

    /** Forgets all grids. */
    public TornadoExecutionPlan withDefaultScheduler() {
        selected.forEach(graph -> graph.graph().useDefaultThreadScheduler(true));
        return this;
    }

    /** On a GPU, captures each graph's kernels once and replays them; a plain run computes the same. */
    public TornadoExecutionPlan withCUDAGraph() {
        selected.forEach(graph -> graph.graph().withCUDAGraph());
        return this;
    }

    public TornadoExecutionPlan withProfiler(ProfilerMode profilerMode) {
        frame.setProfilerMode(profilerMode);
        return this;
    }

    public TornadoExecutionPlan withoutProfiler() {
        frame.setProfilerOff();
        return this;
    }

    public long getId() {
        return frame.getExecutionPlanId();
    }

    /** Bytes that the selected graphs hold on the device. */
    public long getCurrentDeviceMemoryUsage() {
        return selected.stream().mapToLong(graph -> graph.graph().getCurrentDeviceMemoryUsage()).sum();
    }

    /** The outcome of an earlier execution, counted from 0. */
    public TornadoExecutionResult getPlanResult(int index) {
        if (index < 0 || index >= results.size()) {
            throw new TornadoRuntimeException("the plan has run " + results.size() + " times, there is no result " + index);
        }
        return results.get(index);
    }

    /** Gives back all device memory of the plan. */
    @Override
    public void close() throws TornadoExecutionPlanException {
        graphs.forEach(graph -> graph.graph().freeDeviceMemory());
    }
}
