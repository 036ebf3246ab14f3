// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAKernel;
import uk.ac.manchester.tornado.drivers.cuda.CUDAProgram;
import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;

/** Code of tasks of many execution plans. */
final class SharedCode extends CUDAInstalledCode {
    private final String entry;
    private final byte[] binary;
    private final CUDADeviceContext context;

    SharedCode(String entry, byte[] binary, CUDADeviceContext context, CUDAProgram module, CUDAKernel kernel) {
        super(entry, binary, context, module, kernel, false);
        this.entry = entry;
        this.binary = binary;
        this.context = context;
    }

    /** The same code, launched as another kernel of its module. */
    SharedCode with(CUDAKernel kernel) {
        return new SharedCode(entry, binary, context, getProgram(), kernel);
    }

    /** A plan that is closed would unload the module, which others still run. */
    @Override
    public void invalidate() {
    }
}
