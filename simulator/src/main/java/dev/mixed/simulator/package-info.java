// SPDX-License-Identifier: Apache-2.0
/** A GPU on the JVM: thread blocks, barriers, warps, fragments, and every memory access checked. */
@NullMarked
package dev.mixed.simulator;

import org.jspecify.annotations.NullMarked;
