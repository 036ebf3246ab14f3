// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.tornado.context.GpuThread;
import dev.mixed.tornado.context.ThreadPosition;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.KernelContext;

/** Makes the kernel contexts of simulated threads, through a private constructor: TornadoVM's class has no public one for it. */
final class Contexts {
    /** Null where TornadoVM's own class is on the class path. */
    private static final @Nullable MethodHandle CONSTRUCTOR = constructor();

    private Contexts() {
    }

    private static @Nullable MethodHandle constructor() {
        try {
            return MethodHandles.privateLookupIn(KernelContext.class, MethodHandles.lookup())
                    .findConstructor(KernelContext.class, MethodType.methodType(void.class, ThreadPosition.class, GpuThread.class));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** @throws IllegalStateException where TornadoVM's own KernelContext is on the class path */
    static KernelContext create(ThreadPosition position, GpuThread thread) {
        if (CONSTRUCTOR == null) {
            throw new IllegalStateException("kernels run as thread blocks on the JVM only with miXed's own tornado-env, not with TornadoVM's API");
        }
        try {
            return (KernelContext) CONSTRUCTOR.invokeExact(position, thread);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
