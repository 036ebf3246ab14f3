// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.common;

import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/** A device as programs see it. */
public interface TornadoDevice {
    String getDeviceName();

    String getDescription();

    String getPlatformName();

    TornadoTargetDevice getPhysicalDevice();

    TornadoDeviceType getDeviceType();

    /** Bytes of the largest single array. */
    long getMaxAllocMemory();

    /** Bytes of the whole device memory. */
    long getMaxGlobalMemory();

    /** Bytes of local memory that a block can have. */
    long getDeviceLocalMemorySize();

    /** The most threads of a block along x, y and z. */
    long[] getDeviceMaxWorkgroupDimensions();

    int getBackendIndex();

    int getAvailableProcessors();

    TornadoVMBackendType getTornadoVMBackend();
}
