// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A task graph that only owns the device memory of some arrays: running it uploads them all. Other graphs map their arrays on its memory. */
final class StorageGraph {
    private final List<TornadoNativeArray> arrays;
    private final ImmutableTaskGraph graph;
    private final TornadoExecutionPlan plan;
    private @Nullable TornadoExecutionResult result;

    StorageGraph(String name, List<TornadoNativeArray> arrays, TaskCompiler compiler) {
        this.arrays = arrays;
        CountTask count = new CountTask(compiler, name);
        TaskGraph tasks = new TaskGraph(name).transferToDevice(DataTransferMode.EVERY_EXECUTION, arrays.toArray());
        count.addTo(tasks);
        tasks.transferToHost(DataTransferMode.UNDER_DEMAND, arrays.toArray());
        graph = tasks.snapshot();
        plan = new TornadoExecutionPlan(graph);
        count.installIn(plan);
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
