// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.DeviceException;
import java.util.Locale;
import java.util.Optional;
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

    /** Set by ./mixed where an SDK was named that Java can't start with: why. */
    private static final String PROBLEM = "mixed.tornado.problem";

    /** Why no GPU can be used where {@link #sdkMissing()}. */
    public static final String NO_SDK = "no TornadoVM SDK was found";

    /** Whether this JVM was started with TornadoVM. */
    public static boolean present() {
        return System.getProperty(RUNTIME) != null;
    }

    /** Why this JVM was started without the TornadoVM SDK that the user named; empty if none was named. */
    public static Optional<String> problem() {
        return Optional.ofNullable(System.getProperty(PROBLEM));
    }

    /** Whether there is no TornadoVM, and nobody named an SDK. */
    public static boolean sdkMissing() {
        return !present() && problem().isEmpty() && System.getenv().getOrDefault("TORNADOVM_HOME", "").isBlank();
    }

    /** @throws DeviceException if there is no GPU; the message is a sentence without its end, for whoever asked to say what follows from it */
    static TornadoPlatform open() {
        if (!present()) {
            throw new DeviceException(problem().orElse(sdkMissing() ? NO_SDK + "; set TORNADOVM_HOME to one, or install one with tornado-env/setup"
                    : "this JVM runs without TornadoVM; start it with ./mixed, or with TornadoVM's launcher 'tornado'"));
        }
        TornadoFlags.apply();
        try {
            // TornadoVM prints to standard output what it does not find, and goes on with an error that does not say.
            CudaDriver.require();
            TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
            if (runtime.getNumBackends() == 0) {
                throw new DeviceException("TornadoVM found no GPU");
            }
            var device = runtime.getDefaultDevice();
            String backend = device.getTornadoVMBackend().name().toLowerCase(Locale.ROOT);
            return new TornadoPlatform(device.getPhysicalDevice().getDeviceName(), backend, device.getPhysicalDevice().getDeviceGlobalMemorySize());
        } catch (DeviceException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw new DeviceException("TornadoVM does not start (" + TornadoErrors.reason(e) + ")", e);
        }
    }
}
