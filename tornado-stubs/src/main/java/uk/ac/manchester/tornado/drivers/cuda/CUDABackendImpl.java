// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

import uk.ac.manchester.tornado.drivers.cuda.graal.backend.CUDABackend;
import uk.ac.manchester.tornado.runtime.TornadoAcceleratorBackend;
import uk.ac.manchester.tornado.runtime.common.TornadoXPUDevice;

/** The backend cuda. */
public abstract class CUDABackendImpl implements TornadoAcceleratorBackend {
    CUDABackendImpl() {
    }

    public CUDABackend getDefaultBackend() {
        throw new UnsupportedOperationException();
    }

    @Override
    public TornadoXPUDevice getDefaultDevice() {
        throw new UnsupportedOperationException();
    }
}
