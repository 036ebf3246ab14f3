// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda.enums;

/** How a compilation ended. */
public enum CUDABuildStatus {
    CL_BUILD_SUCCESS
}
