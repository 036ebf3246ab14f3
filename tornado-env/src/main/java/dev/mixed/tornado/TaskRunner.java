package dev.mixed.tornado;

import java.util.function.UnaryOperator;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Runs one task: a kernel of parallel loops as plain Java, a kernel with a context as a grid of threads. */
final class TaskRunner {
    private TaskRunner() {
    }

    /** Runs a task on what {@code device} gives for its host arrays; {@code grid} may be null for a kernel of loops. */
    static void run(RecordedTask task, WorkerGrid grid, UnaryOperator<TornadoNativeArray> device) {
        Object[] arguments = task.arguments().stream()
                .map(argument -> argument instanceof TornadoNativeArray array ? device.apply(array) : argument).toArray();
        if (task.usesGrid()) {
            throw new TornadoTaskRuntimeException("task " + task.name() + ": not yet");
        }
        try {
            task.code().invokeExact(arguments);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw new TornadoTaskRuntimeException("task " + task.name() + ": " + e.getMessage(), (Exception) e);
        }
    }
}
