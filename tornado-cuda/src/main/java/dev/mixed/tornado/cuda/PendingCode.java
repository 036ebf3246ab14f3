// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;

/** Stands for code that NVRTC still compiles. TornadoVM takes null for its kernel as "not valid yet". */
@SuppressWarnings("NullAway") // what TornadoVM's constructor takes
final class PendingCode extends CUDAInstalledCode {
    PendingCode(String entry, byte[] source, CUDADeviceContext context) {
        super(entry, source, context, null, null, false);
    }
}
