// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import uk.ac.manchester.tornado.api.AccessorParameters;
import uk.ac.manchester.tornado.api.common.Access;

/**
 * A kernel that is compiled and loaded.
 *
 * @param name a name of its own among all kernels of the process
 */
record ReadyKernel(String name, StoredKernel kernel, SharedCode code) {
    /** Arguments with what the kernel does with each. */
    AccessorParameters parameters(Object[] arguments) {
        AccessorParameters parameters = new AccessorParameters(arguments.length);
        for (int i = 0; i < arguments.length; i++) {
            parameters.set(i, arguments[i], Access.asArray()[kernel.access().get(i)]);
        }
        return parameters;
    }
}
