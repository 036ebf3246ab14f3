package dev.mixed.simulator;

import dev.mixed.tornado.context.GpuThread;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import uk.ac.manchester.tornado.api.KernelContext;

/** Makes the kernel contexts of simulated threads through a constructor that is private, since TornadoVM's own class has no such one. */
final class Contexts {
    private static final MethodHandle CONSTRUCTOR = constructor();

    private Contexts() {
    }

    private static MethodHandle constructor() {
        try {
            return MethodHandles.privateLookupIn(KernelContext.class, MethodHandles.lookup())
                    .findConstructor(KernelContext.class, MethodType.methodType(void.class, int[].class, GpuThread.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /**
     * A context with the given indices: global, group, local index, global size, block size, each as x, y, z.
     *
     * @throws IllegalStateException where TornadoVM's own KernelContext is on the class path
     */
    static KernelContext create(int[] ids, GpuThread thread) {
        if (CONSTRUCTOR == null) {
            throw new IllegalStateException("kernels run as thread blocks on the JVM only with miXed's own tornado-env, not with TornadoVM's API");
        }
        try {
            return (KernelContext) CONSTRUCTOR.invokeExact(ids, thread);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
