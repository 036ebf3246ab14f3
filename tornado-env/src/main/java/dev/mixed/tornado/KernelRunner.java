package dev.mixed.tornado;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;

/** Runs a task's code on the JVM: a plain kernel as a method call, a kernel with a context as a grid of thread blocks, checked. */
public final class KernelRunner {
    /** A kernel's checked code and its method's name; both null where the method is not known. */
    private record Prepared(MethodHandle code, String name) {
    }

    private static final Prepared UNCHECKED = new Prepared(null, null);
    private static final AtomicBoolean SAID_UNCHECKED = new AtomicBoolean();
    private static final Map<Class<?>, Prepared> PREPARED = Collections.synchronizedMap(new WeakHashMap<>());

    private KernelRunner() {
    }

    private static Prepared prepare(KernelMethod method) {
        try {
            MethodHandle checked = Instrumenter.checked(method);
            return new Prepared(spread(checked, method.type().parameterCount()), method.owner().getSimpleName() + "." + method.name());
        } catch (IllegalAccessException | NoSuchMethodException e) {
            return UNCHECKED;
        }
    }

    private static MethodHandle spread(MethodHandle code, int count) {
        return code.asType(code.type().generic().changeReturnType(void.class)).asSpreader(Object[].class, count);
    }

    /**
     * Runs a task to its end.
     *
     * @param taskName what faults call the kernel
     * @param task a {@code TornadoFunctions.TaskN} of as many arguments as {@code arguments} has
     * @param arguments in order; a {@link KernelContext} among them stands for each thread's own
     * @param grid the threads to run, or null to call the task once as a plain method
     * @throws KernelFault where the kernel misuses memory, barriers or warp operations
     * @throws IllegalArgumentException where the grid can not be cut into its blocks
     */
    public static void run(String taskName, Object task, Object[] arguments, WorkerGrid grid) {
        int position = contextPosition(arguments);
        MethodHandle code = plain(task, arguments.length);
        if (grid == null || position < 0) {
            call(code, arguments);
            return;
        }
        Prepared prepared = PREPARED.get(task.getClass());
        if (prepared == null) {
            prepared = KernelMethod.of(code, arguments, task).map(KernelRunner::prepare).orElse(UNCHECKED);
            // A lambda without captured values is one class per place in the source; one with them ends up unchecked either way.
            PREPARED.put(task.getClass(), prepared);
            if (prepared == UNCHECKED && SAID_UNCHECKED.compareAndSet(false, true)) {
                System.getLogger(KernelRunner.class.getName()).log(System.Logger.Level.WARNING, "kernel " + taskName
                        + " runs unchecked for races and for its source lines: its method can not be told; pass a reference to a static"
                        + " method (said once)");
            }
        }
        MethodHandle body = prepared.code == null ? code : prepared.code;
        String kernel = prepared.name == null ? taskName : taskName + " (" + prepared.name + ")";
        new Launch(kernel, context -> {
            Object[] own = arguments.clone();
            own[position] = context;
            body.invokeExact(own);
        }).run(grid);
    }

    private static int contextPosition(Object[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof KernelContext) {
                return i;
            }
        }
        return -1;
    }

    private static void call(MethodHandle code, Object[] arguments) {
        try {
            code.invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** The task's own code, as (Object[]) -> void. */
    static MethodHandle plain(Object task, int count) {
        for (Class<?> type : task.getClass().getInterfaces()) {
            if (type.getEnclosingClass() == TornadoFunctions.class) {
                Method apply = type.getMethods()[0];
                if (apply.getParameterCount() != count) {
                    throw new IllegalArgumentException("a task of " + apply.getParameterCount() + " arguments got " + count);
                }
                try {
                    return MethodHandles.publicLookup().unreflect(apply).bindTo(task).asSpreader(Object[].class, count);
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        throw new IllegalArgumentException(task.getClass().getName() + " is no TornadoFunctions.Task");
    }
}
