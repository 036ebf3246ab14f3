// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.tornado.cuda.KernelTask;
import java.util.List;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task1;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The task of a graph that only copies: a task graph needs one. It counts its runs. */
final class CountTask {
    private static final String NAME = "count";
    private static final Task1<IntArray> CODE = CountTask::count;

    private final KernelTask task = new KernelTask(CODE, List.of(new IntArray(1)), null);
    private final TaskCompiler compiler;
    private final String graph;

    CountTask(TaskCompiler compiler, String graph) {
        this.compiler = compiler;
        this.graph = graph;
    }

    /** Adds the task and its counter's transfer. */
    void addTo(TaskGraph tasks) {
        compiler.prepare(List.of(task));
        tasks.transferToDevice(DataTransferMode.FIRST_EXECUTION, task.arguments().get(0));
        compiler.add(tasks, NAME, task);
    }

    void installIn(TornadoExecutionPlan plan) {
        compiler.install(plan, graph + "." + NAME, task);
    }

    static void count(IntArray counter) {
        for (@Parallel int i = 0; i < 1; i++) {
            counter.set(i, counter.get(i) + 1);
        }
    }
}
