// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda.graal.backend;

import jdk.graal.compiler.phases.util.Providers;

/** What compiles kernels for a GPU. */
public class CUDABackend {
    CUDABackend() {
    }

    public Providers getProviders() {
        throw new UnsupportedOperationException();
    }
}
