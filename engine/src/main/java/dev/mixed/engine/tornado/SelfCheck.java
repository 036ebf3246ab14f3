// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.Device;

/** Looks on while a GPU runs programs: what it compares, and with what, is for whoever opens the device to say. */
@FunctionalInterface
public interface SelfCheck {
    /**
     * Called after the first run of each program.
     *
     * @param device where the program ran
     * @throws dev.mixed.engine.DeviceException if the device computes wrong numbers
     */
    void run(Device device);

    /**
     * Called after each program was recorded, before it runs: what {@link #run} will compute then is done here for its kernels alone, so that they compile with
     * those of the program.
     *
     * @param compiling compiles kernels as the device that the program was recorded on, and runs none; what is read from it means nothing
     */
    default void ahead(Device compiling) {
    }
}
