// SPDX-License-Identifier: Apache-2.0
/** libtorch through DJL, on the CPU. */
@NullMarked
package dev.mixed.compare.libtorch;

import org.jspecify.annotations.NullMarked;
