// SPDX-License-Identifier: Apache-2.0
/**
 * Intrinsics: static methods that kernels call for what a GPU can do and TornadoVM's {@code KernelContext} can't.
 *
 * <p>{@link dev.mixed.intrinsics.CudaC} says what a method is on a GPU. Its body says what it means on the JVM, where a {@link
 * dev.mixed.intrinsics.DeviceThread} stands for the hardware. Addresses of shared memory are ints, in bytes, as PTX has them.
 */
@NullMarked
package dev.mixed.intrinsics;

import org.jspecify.annotations.NullMarked;
