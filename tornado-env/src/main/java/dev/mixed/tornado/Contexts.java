package dev.mixed.tornado;

import java.util.function.BiFunction;
import uk.ac.manchester.tornado.api.KernelContext;

/** Makes the kernel contexts of simulated threads, whose constructor TornadoVM's signatures must not show. */
public final class Contexts {
    private static volatile BiFunction<int[], GpuThread, KernelContext> factory;

    private Contexts() {
    }

    /** Called once by {@link KernelContext}'s initialiser. */
    public static void install(BiFunction<int[], GpuThread, KernelContext> constructor) {
        factory = constructor;
    }

    /**
     * A context with the given indices: global, group, local index, global size, block size, each as x, y, z.
     *
     * @throws IllegalStateException where TornadoVM's own KernelContext is on the class path
     */
    static KernelContext create(int[] ids, GpuThread thread) {
        if (factory == null) {
            new KernelContext();
        }
        if (factory == null) {
            throw new IllegalStateException("kernels run as thread blocks on the JVM only with miXed's own tornado-env, not with TornadoVM's API");
        }
        return factory.apply(ids, thread);
    }
}
