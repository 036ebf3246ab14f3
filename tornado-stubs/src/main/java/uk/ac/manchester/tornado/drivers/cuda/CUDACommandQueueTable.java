// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

/** The queues of an execution plan, by device and thread. */
public class CUDACommandQueueTable {
    public CUDACommandQueueTable() {
    }

    public CUDACommandQueue get(CUDATargetDevice device, CUDAContext context) {
        throw new UnsupportedOperationException();
    }

    public void cleanup(CUDATargetDevice device) {
        throw new UnsupportedOperationException();
    }

    public int size() {
        throw new UnsupportedOperationException();
    }
}
