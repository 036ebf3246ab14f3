// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A task graph that only owns the device memory of some arrays: running it uploads them all. Other graphs map their arrays on its memory. */
final class StorageGraph {
    private final List<TornadoNativeArray> arrays;
    private final ImmutableTaskGraph graph;
    private final TornadoExecutionPlan plan;
    private @Nullable TornadoExecutionResult result;

    StorageGraph(String name, List<TornadoNativeArray> arrays) {
        this.arrays = arrays;
        // A task graph needs a task.
        IntArray counter = new IntArray(1);
        TaskGraph tasks = new TaskGraph(name).transferToDevice(DataTransferMode.EVERY_EXECUTION, arrays.toArray())
                .transferToDevice(DataTransferMode.FIRST_EXECUTION, counter).task("count", StorageGraph::count, counter);
        tasks.transferToHost(DataTransferMode.UNDER_DEMAND, arrays.toArray());
        graph = tasks.snapshot();
        plan = new TornadoExecutionPlan(graph);
    }

    /** The task. */
    static void count(IntArray counter) {
        for (@Parallel int i = 0; i < 1; i++) {
            counter.set(i, counter.get(i) + 1);
        }
    }

    List<TornadoNativeArray> arrays() {
        return arrays;
    }

    ImmutableTaskGraph graph() {
        return graph;
    }

    void upload() {
        result = plan.execute();
    }

    void download(TornadoNativeArray array) {
        Objects.requireNonNull(result, "an array is uploaded before it is downloaded").transferToHost(array);
    }
}
