// SPDX-License-Identifier: Apache-2.0
/** Tensors, kernels, recorded programs, devices and memory planning. */
@NullMarked
package dev.mixed.engine;

import org.jspecify.annotations.NullMarked;
