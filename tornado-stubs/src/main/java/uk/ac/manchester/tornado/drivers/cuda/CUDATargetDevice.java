// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

import uk.ac.manchester.tornado.api.TornadoTargetDevice;

/** A GPU. */
public interface CUDATargetDevice extends TornadoTargetDevice {
    String getDriverVersion();
}
