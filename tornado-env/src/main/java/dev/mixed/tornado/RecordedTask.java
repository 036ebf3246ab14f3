package dev.mixed.tornado;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.List;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** A task as its graph keeps it: code that takes all arguments at once, and the arguments with their host arrays. */
record RecordedTask(String name, MethodHandle code, List<Object> arguments) {

    /** Checks the arguments' types, the only ones that kernels can have. */
    static RecordedTask of(String graph, TaskPackage task) {
        Object[] all = task.getTaskParameters();
        String name = graph + "." + task.getId();
        for (int i = 1; i < all.length; i++) {
            if (!supported(all[i])) {
                throw new TornadoTaskRuntimeException("task " + name + ": argument " + i + " is "
                        + (all[i] == null ? "null" : "a " + all[i].getClass().getName())
                        + "; a kernel takes TornadoVM arrays, boxed numbers and a KernelContext");
            }
        }
        return new RecordedTask(name, handleOf(all[0], all.length - 1), List.of(Arrays.copyOfRange(all, 1, all.length)));
    }

    private static boolean supported(Object argument) {
        return argument instanceof TornadoNativeArray || argument instanceof KernelContext || argument instanceof Number
                || argument instanceof Boolean;
    }

    private static MethodHandle handleOf(Object code, int arguments) {
        try {
            Class<?> shape = Arrays.stream(TornadoFunctions.class.getClasses()).filter(type -> type.isInstance(code)).findFirst().orElseThrow();
            return MethodHandles.publicLookup()
                    .findVirtual(shape, "apply", MethodType.genericMethodType(arguments).changeReturnType(void.class))
                    .bindTo(code).asSpreader(Object[].class, arguments);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("a task's shape without apply", e);
        }
    }

    boolean usesGrid() {
        return arguments.stream().anyMatch(KernelContext.class::isInstance);
    }

    List<TornadoNativeArray> arrays() {
        return arguments.stream().filter(TornadoNativeArray.class::isInstance).map(TornadoNativeArray.class::cast).toList();
    }
}
