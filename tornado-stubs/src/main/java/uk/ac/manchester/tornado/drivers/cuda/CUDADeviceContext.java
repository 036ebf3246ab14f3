// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

import uk.ac.manchester.tornado.drivers.cuda.mm.CUDAMemoryManager;

/** A GPU as the backend sees it. */
public class CUDADeviceContext implements CUDADeviceContextInterface {
    CUDADeviceContext() {
    }

    public static String checkKernelName(String entryPoint) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CUDATargetDevice getDevice() {
        throw new UnsupportedOperationException();
    }

    public CUDAContext getPlatformContext() {
        throw new UnsupportedOperationException();
    }

    public CUDAMemoryManager getMemoryManager() {
        throw new UnsupportedOperationException();
    }

    public long getDeviceId() {
        throw new UnsupportedOperationException();
    }

    public CUDAProgram createProgramWithBinary(byte[] binary, long[] lengths) {
        throw new UnsupportedOperationException();
    }

    public CUDACodeCache getCodeCache(long executionPlanId) {
        throw new UnsupportedOperationException();
    }
}
