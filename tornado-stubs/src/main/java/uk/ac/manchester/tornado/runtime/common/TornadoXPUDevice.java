// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.runtime.common;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** A device that runs tasks. */
public interface TornadoXPUDevice extends TornadoDevice {
}
