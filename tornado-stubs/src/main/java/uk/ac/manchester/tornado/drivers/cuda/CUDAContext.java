// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

/** A context of the driver. */
public class CUDAContext {
    CUDAContext() {
    }

    public long getContextId() {
        throw new UnsupportedOperationException();
    }
}
