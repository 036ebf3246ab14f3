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
}
