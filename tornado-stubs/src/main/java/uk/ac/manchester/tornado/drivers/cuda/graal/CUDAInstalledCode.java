// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda.graal;

import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAKernel;
import uk.ac.manchester.tornado.drivers.cuda.CUDAProgram;
import uk.ac.manchester.tornado.runtime.common.TornadoInstalledCode;

/** The compiled code of a task. */
public class CUDAInstalledCode implements TornadoInstalledCode {
    public CUDAInstalledCode(String entryPoint, byte[] code, CUDADeviceContext deviceContext, CUDAProgram program, CUDAKernel kernel, boolean isSPIRVBinary) {
        throw new UnsupportedOperationException();
    }

    public void invalidate() {
        throw new UnsupportedOperationException();
    }

    public CUDAProgram getProgram() {
        throw new UnsupportedOperationException();
    }

    public CUDAKernel getKernel() {
        throw new UnsupportedOperationException();
    }

    public String getGeneratedSourceCode() {
        throw new UnsupportedOperationException();
    }
}
