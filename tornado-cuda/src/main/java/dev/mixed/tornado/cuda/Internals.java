// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.drivers.cuda.CUDABackendImpl;
import uk.ac.manchester.tornado.drivers.cuda.CUDACodeCache;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAProgram;
import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;
import uk.ac.manchester.tornado.drivers.cuda.runtime.CUDATornadoDevice;
import uk.ac.manchester.tornado.runtime.TornadoCoreRuntime;

/** The private members of TornadoVM's backend that miXed relies on, found once, with their types checked. */
final class Internals {
    /** The release whose classes the stubs describe. */
    static final String RELEASE = "5.2.";

    private static final String DRIVER = "tornado.drivers.cuda";
    /** The option for java that lets this package in. */
    static final String OPENS = "--add-opens=" + DRIVER + "/uk.ac.manchester.tornado.drivers.cuda=ALL-UNNAMED";

    /** The property that, false, leaves TornadoVM as it is: to find out whether an error comes from here. */
    static final String EXTEND = "mixed.tornado.extend";

    final CUDATornadoDevice device;
    final CUDADeviceContext context;
    private final Field installed;
    private final Field caches;
    private final Field program;
    private final Method binaries;

    private Internals(CUDATornadoDevice device) throws ReflectiveOperationException {
        this.device = device;
        context = (CUDADeviceContext) device.getDeviceContext();
        installed = field(CUDACodeCache.class, "cache", Map.class);
        caches = field(CUDADeviceContext.class, "codeCache", Map.class);
        program = field(CUDAProgram.class, "programPointer", long.class);
        binaries = CUDAProgram.class.getDeclaredMethod("getBinaries", long.class, long.class, ByteBuffer.class);
        binaries.setAccessible(true);
    }

    /**
     * Finds all of them.
     *
     * @throws NotExtensibleException if the backend, the version or a member is another one, or the package is closed
     */
    static Internals find() throws NotExtensibleException {
        if (System.getProperty(EXTEND, "true").equals("false")) {
            throw new NotExtensibleException("-D" + EXTEND + "=false");
        }
        Optional<Module> driver = ModuleLayer.boot().findModule(DRIVER);
        if (driver.isEmpty()) {
            throw new NotExtensibleException("TornadoVM's backend here is not cuda");
        }
        String version = driver.get().getDescriptor().rawVersion().orElse("of no version");
        if (!version.startsWith(RELEASE)) {
            throw new NotExtensibleException("TornadoVM is " + version + ", and miXed knows the inside of " + RELEASE + "x");
        }
        if (!driver.get().isOpen("uk.ac.manchester.tornado.drivers.cuda", Internals.class.getModule())) {
            throw new NotExtensibleException("java was started without " + OPENS + ", which ./mixed and tornado-env/tornado.args pass");
        }
        try {
            TornadoDevice used = TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();
            CUDABackendImpl backend = TornadoCoreRuntime.getTornadoRuntime().getBackend(CUDABackendImpl.class);
            if (!(backend.getDefaultDevice() instanceof CUDATornadoDevice cuda) || used.getClass() != cuda.getClass()) {
                throw new NotExtensibleException("TornadoVM's device here is not one of the backend cuda");
            }
            return new Internals(cuda);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            throw new NotExtensibleException("TornadoVM " + version + " is not as miXed knows it (" + e + ")", e);
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
