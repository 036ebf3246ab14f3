// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Runs one task of a graph on the device's copies of its arrays: parallel loops as a plain method, kernels with a context on their grid. */
final class TaskRunner {
    private static final Optional<GridRunner> GRIDS = ServiceLoader.load(GridRunner.class, GridRunner.class.getClassLoader()).findFirst();

    private TaskRunner() {
    }

    /** Runs a task, on a grid unless that is null, on what {@code device} gives for its host arrays. */
    static void run(RecordedTask task, @Nullable WorkerGrid grid, UnaryOperator<TornadoNativeArray> device) {
        Object[] arguments = task.arguments().stream()
                .map(argument -> argument instanceof TornadoNativeArray array ? device.apply(array) : argument).toArray();
        try {
            if (task.usesGrid()) {
                if (grid == null) {
                    throw new TornadoTaskRuntimeException("task " + task.name() + " has a KernelContext but no grid; add it to the plan's "
                            + "GridScheduler under that name");
                }
                gridRunner(task).run(task.name(), task.code(), arguments, grid);
            } else {
                TaskCode.call(task.code(), arguments);
            }
        } catch (KernelFault | TornadoTaskRuntimeException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new TornadoTaskRuntimeException("task " + task.name() + ": " + e.getMessage(), e);
        }
    }

    private static GridRunner gridRunner(RecordedTask task) {
        return GRIDS.orElseThrow(() -> new TornadoTaskRuntimeException("task " + task.name() + " has a KernelContext, and the JVM runs such kernels "
                + "only with miXed's module simulator; add the artifact dev.mixed:simulator to the class path"));
    }
}
