// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;

/** Several launches of one kernel in a CUDA graph, so that little of what is timed is the launch itself. */
public final class CapturedGraph implements AutoCloseable {
    /** Launches in a graph. */
    public static final int TASKS = 20;

    /** Adds a launch to a graph. */
    public interface Task {
        void add(TaskGraph graph, String id);
    }

    private final Object result;
    private final TornadoExecutionPlan plan;
    private TornadoExecutionResult last;

    /**
     * Adds the task as often as {@link #TASKS} says.
     *
     * @param threads threads in all along each dimension
     * @param block   threads in a block, along x
     * @param result  one of the arrays, which {@link #close} brings back
     */
    public CapturedGraph(Task task, int[] threads, int block, Object result, Object... arrays) {
        this.result = result;
        TaskGraph graph = new TaskGraph("g").transferToDevice(DataTransferMode.FIRST_EXECUTION, arrays);
        GridScheduler scheduler = new GridScheduler();
        for (int i = 0; i < TASKS; i++) {
            task.add(graph, "t" + i);
            WorkerGrid3D worker = new WorkerGrid3D(threads[0], threads[1], threads[2]);
            worker.setLocalWork(block, 1, 1);
            scheduler.addWorkerGrid("g.t" + i, worker);
        }
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, result);
        plan = new TornadoExecutionPlan(graph.snapshot());
        plan.withGridScheduler(scheduler).withCUDAGraph();
    }

    /** All launches. */
    public void run() {
        last = plan.execute();
    }

    @Override
    public void close() throws TornadoExecutionPlanException {
        if (last != null) {
            last.transferToHost(result);
        }
        plan.close();
    }
}
