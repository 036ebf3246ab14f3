// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

import uk.ac.manchester.tornado.drivers.cuda.graal.CUDAInstalledCode;
import uk.ac.manchester.tornado.runtime.tasks.meta.TaskDataContext;

/** The compiled code of an execution plan. */
public class CUDACodeCache {
    public CUDACodeCache(CUDADeviceContextInterface deviceContext) {
        throw new UnsupportedOperationException();
    }

    public CUDAInstalledCode installSource(TaskDataContext meta, String id, String entryPoint, byte[] source) {
        throw new UnsupportedOperationException();
    }
}
