// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.drivers.cuda;

/** A function of a module. */
public class CUDAKernel {
    CUDAKernel() {
    }
}
