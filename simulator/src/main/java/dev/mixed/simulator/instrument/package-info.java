// SPDX-License-Identifier: Apache-2.0
/** Rewrites the bytecode of kernels so that the simulator sees their memory accesses. */
@NullMarked
package dev.mixed.simulator.instrument;

import org.jspecify.annotations.NullMarked;
