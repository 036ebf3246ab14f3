// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda.runtime;

import uk.ac.manchester.tornado.api.common.SchedulableTask;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContextInterface;
import uk.ac.manchester.tornado.runtime.common.TornadoInstalledCode;
import uk.ac.manchester.tornado.runtime.common.TornadoXPUDevice;

/** A GPU that runs tasks. */
public abstract class CUDATornadoDevice implements TornadoXPUDevice {
    CUDATornadoDevice() {
    }

    public CUDADeviceContextInterface getDeviceContext() {
        throw new UnsupportedOperationException();
    }

    public TornadoInstalledCode installCode(long executionPlanId, SchedulableTask task) {
        throw new UnsupportedOperationException();
    }
}
