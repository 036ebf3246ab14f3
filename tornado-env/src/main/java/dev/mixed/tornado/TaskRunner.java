package dev.mixed.tornado;

import java.util.function.UnaryOperator;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Runs one task of a graph on the device's copies of its arrays. */
final class TaskRunner {
    private TaskRunner() {
    }

    /** Runs a task on what {@code device} gives for its host arrays; only a kernel of parallel loops goes without a grid. */
    static void run(RecordedTask task, WorkerGrid grid, UnaryOperator<TornadoNativeArray> device) {
        if (task.usesGrid() && grid == null) {
            throw new TornadoTaskRuntimeException("task " + task.name() + " has a KernelContext but no grid; add it to the plan's "
                    + "GridScheduler under that name");
        }
        Object[] arguments = task.arguments().stream()
                .map(argument -> argument instanceof TornadoNativeArray array ? device.apply(array) : argument).toArray();
        try {
            KernelRunner.run(task.name(), task.code(), arguments, grid);
        } catch (KernelFault e) {
            throw e;
        } catch (RuntimeException e) {
            throw new TornadoTaskRuntimeException("task " + task.name() + ": " + e.getMessage(), e);
        }
    }
}
