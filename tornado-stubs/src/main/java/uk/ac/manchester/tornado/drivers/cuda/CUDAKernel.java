// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

import java.nio.ByteBuffer;

/** A kernel of a module, with its arguments. */
public class CUDAKernel {
    public CUDAKernel(long id, CUDADeviceContext deviceContext) {
    }

    public void setArg(int index, ByteBuffer buffer) {
        throw new UnsupportedOperationException();
    }

    public void setArgUnused(int index) {
        throw new UnsupportedOperationException();
    }

    public long getOclKernelID() {
        throw new UnsupportedOperationException();
    }
}
