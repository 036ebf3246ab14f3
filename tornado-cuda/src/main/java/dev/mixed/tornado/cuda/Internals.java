// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Map;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.drivers.cuda.CUDABackendImpl;
import uk.ac.manchester.tornado.drivers.cuda.CUDACodeCache;
import uk.ac.manchester.tornado.drivers.cuda.CUDACommandQueueTable;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAProgram;
import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;
import uk.ac.manchester.tornado.drivers.cuda.graal.backend.CUDABackend;
import uk.ac.manchester.tornado.drivers.cuda.runtime.CUDATornadoDevice;
import uk.ac.manchester.tornado.runtime.TornadoCoreRuntime;

/** The private members of TornadoVM's backend that miXed relies on, found once, with their types checked. */
final class Internals {
    final CUDATornadoDevice device;
    final CUDADeviceContext context;
    final CUDABackend backend;
    private final Field installed;
    private final Field caches;
    private final Field queues;
    private final Field program;
    private final Method binaries;

    private Internals(CUDATornadoDevice device, CUDABackend backend) throws ReflectiveOperationException {
        this.device = device;
        this.backend = backend;
        context = (CUDADeviceContext) device.getDeviceContext();
        installed = field(CUDACodeCache.class, "cache", Map.class);
        caches = field(CUDADeviceContext.class, "codeCache", Map.class);
        queues = field(CUDADeviceContext.class, "commandQueueTable", Map.class);
        program = field(CUDAProgram.class, "programPointer", long.class);
        binaries = CUDAProgram.class.getDeclaredMethod("getBinaries", long.class, long.class, ByteBuffer.class);
        binaries.setAccessible(true);
    }

    /**
     * Finds all of them.
     *
     * @throws NotExtensibleException if a member is another one
     */
    static Internals find() throws NotExtensibleException {
        try {
            TornadoDevice used = TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();
            CUDABackendImpl backend = TornadoCoreRuntime.getTornadoRuntime().getBackend(CUDABackendImpl.class);
            if (!(backend.getDefaultDevice() instanceof CUDATornadoDevice cuda) || used.getClass() != cuda.getClass()) {
                throw new NotExtensibleException("TornadoVM's device here is not one of the backend cuda");
            }
            return new Internals(cuda, backend.getDefaultBackend());
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            throw new NotExtensibleException("TornadoVM is not as miXed knows it (" + e + ")", e);
        }
    }

    private static Field field(Class<?> owner, String name, Class<?> type) throws ReflectiveOperationException {
        Field field = owner.getDeclaredField(name);
        if (!type.isAssignableFrom(field.getType())) {
            throw new NoSuchFieldException(owner.getName() + "." + name + " is a " + field.getType().getName());
        }
        field.setAccessible(true);
        return field;
    }

    /** Puts code where TornadoVM looks for that of a task before it compiles it. */
    @SuppressWarnings("unchecked") // the field's declared type
    void install(long plan, String task, String entry, CUDAInstalledCode code) {
        try {
            ((Map<String, CUDAInstalledCode>) installed.get(context.getCodeCache(plan))).put(task + "-" + entry, code);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives an execution plan a code cache of ours. */
    @SuppressWarnings("unchecked") // the field's declared type
    void replaceCache(long plan, CUDACodeCache cache) {
        try {
            ((Map<Long, CUDACodeCache>) caches.get(context)).put(plan, cache);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets all queues launch kernels on intrinsics and check copies, and gives them by plan. */
    @SuppressWarnings("unchecked") // the field's declared type
    Map<Long, CUDACommandQueueTable> replaceQueues(Driver driver, ZeroArrays zeros) {
        try {
            Map<Long, CUDACommandQueueTable> ours = LaunchQueues.byPlan((Map<Long, CUDACommandQueueTable>) queues.get(context), driver, zeros);
            queues.set(context, ours);
            return ours;
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The machine code of a module, as the driver takes it. */
    byte[] binary(CUDAProgram module) {
        try {
            ByteBuffer buffer = ByteBuffer.allocateDirect(Math.toIntExact(module.getBinarySizes()[0]));
            binaries.invoke(null, program.getLong(module), 1L, buffer);
            byte[] bytes = new byte[buffer.capacity()];
            buffer.get(0, bytes);
            return bytes;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
