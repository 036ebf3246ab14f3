// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

import uk.ac.manchester.tornado.drivers.cuda.enums.CUDABuildStatus;

/** A module of compiled code. */
public class CUDAProgram {
    CUDAProgram() {
    }

    public static int getNvrtcVersion() {
        throw new UnsupportedOperationException();
    }

    public CUDABuildStatus getStatus(long deviceId) {
        throw new UnsupportedOperationException();
    }

    public void build(String options) {
        throw new UnsupportedOperationException();
    }

    public long[] getBinarySizes() {
        throw new UnsupportedOperationException();
    }

    public CUDAKernel clCreateKernel(String entryPoint) {
        throw new UnsupportedOperationException();
    }
}
