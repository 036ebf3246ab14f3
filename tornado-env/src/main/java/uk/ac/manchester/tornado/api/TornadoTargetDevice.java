// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

/** The hardware behind a device. */
public interface TornadoTargetDevice {
    String getDeviceName();

    long getDeviceGlobalMemorySize();

    long getDeviceLocalMemorySize();

    int getDeviceMaxComputeUnits();

    /** The most threads of a block along x, y and z. */
    long[] getDeviceMaxWorkItemSizes();

    int getMaxThreadsPerBlock();

    long getDeviceMaxAllocationSize();

    String getDeviceInfo();
}
