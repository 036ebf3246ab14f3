// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.doctor;

import dev.mixed.engine.DeviceException;
import dev.mixed.engine.tornado.CudaDriver;
import dev.mixed.tornado.cuda.KernelStore;
import java.nio.file.Path;
import java.util.Optional;

/** What the doctor asks the machine that it runs on; tests stand in another. */
interface Machine {
    /** Version of this Java and whether it has the compiler interface that TornadoVM builds on. */
    record Jdk(Runtime.Version version, String vendor, boolean jvmci) {
    }

    Jdk jdk();

    /** The SDK that the user named, whether or not there is one; empty if none was named. */
    Optional<Path> sdk();

    /** Why ./mixed could not start this JVM with the SDK. */
    Optional<String> startProblem();

    /** Whether this JVM runs with TornadoVM. */
    boolean startedWithTornado();

    /** @throws DeviceException if there is no driver or no GPU, with the remedy */
    CudaDriver driver();

    /**
     * Loads NVRTC and asks its version, 1000 * major + 10 * minor.
     *
     * @throws DeviceException if it is not on the library path
     */
    int nvrtc(String library);

    /**
     * Loads NCCL: its version, and where it is.
     *
     * @throws DeviceException if there is none: why, with the remedy
     */
    String nccl();

    /** Where compiled kernels are kept; empty where they are not. */
    Optional<KernelStore> kernels();

    /**
     * Opens TornadoVM's device, runs one kernel there and on the JVM.
     *
     * @throws DeviceException if a step fails, with the reason
     */
    SmokeTest smokeTest();
}
