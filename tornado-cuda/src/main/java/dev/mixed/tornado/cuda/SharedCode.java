// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAKernel;
import uk.ac.manchester.tornado.drivers.cuda.CUDAProgram;
import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;

/** Code of tasks of many execution plans. */
final class SharedCode extends CUDAInstalledCode {
    SharedCode(String entry, byte[] binary, CUDADeviceContext context, CUDAProgram module, CUDAKernel kernel) {
        super(entry, binary, context, module, kernel, false);
    }

    /** A plan that is closed would unload the module, which others still run. */
    @Override
    public void invalidate() {
    }
}
