package dev.mixed.engine.tornado;

import dev.mixed.engine.DeviceException;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/**
 * A GPU as TornadoVM sees it.
 *
 * @param device      its name, for example NVIDIA H200
 * @param backend     what compiles kernels for it, cuda or ptx
 * @param memoryBytes bytes of its memory
 */
public record TornadoPlatform(String device, String backend, long memoryBytes) {
    /** The property that TornadoVM's launcher sets. */
    private static final String RUNTIME = "tornado.load.runtime.implementation";

    /** Whether this JVM was started with TornadoVM. */
    public static boolean present() {
        return System.getProperty(RUNTIME) != null;
    }

    static TornadoPlatform open() {
        if (!present()) {
            throw new DeviceException("--device gpu: this JVM runs without TornadoVM; set TORNADOVM_HOME to an SDK and start with ./mixed, or use TornadoVM's"
                    + " launcher 'tornado' ('./mixed doctor' says what is missing).");
        }
        TornadoFlags.apply();
        try {
            TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
            if (runtime.getNumBackends() == 0) {
                throw new DeviceException("--device gpu: TornadoVM found no GPU; './mixed doctor' says what is missing.");
            }
            var device = runtime.getDefaultDevice();
            String backend = device.getTornadoVMBackend().name().toLowerCase(java.util.Locale.ROOT);
            return new TornadoPlatform(device.getPhysicalDevice().getDeviceName(), backend, device.getPhysicalDevice().getDeviceGlobalMemorySize());
        } catch (RuntimeException | LinkageError e) {
            if (e instanceof DeviceException) {
                throw e;
            }
            throw new DeviceException("--device gpu: TornadoVM does not start (" + TornadoErrors.explain(e).getMessage() + ")", e);
        }
    }
}
