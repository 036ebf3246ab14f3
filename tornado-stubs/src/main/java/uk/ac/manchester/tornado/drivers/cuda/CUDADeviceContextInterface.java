// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

import uk.ac.manchester.tornado.api.TornadoDeviceContext;

/** A GPU as the backend sees it. */
public interface CUDADeviceContextInterface extends TornadoDeviceContext {
    CUDATargetDevice getDevice();
}
