// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda.mm;

/** Small buffers that TornadoVM keeps for all tasks. */
public class CUDAMemoryManager {
    CUDAMemoryManager() {
    }

    public void allocateDeviceMemoryRegions() {
        throw new UnsupportedOperationException();
    }
}
