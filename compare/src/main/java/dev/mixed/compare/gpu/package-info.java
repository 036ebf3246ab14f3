// SPDX-License-Identifier: Apache-2.0
/** {@code mixed gpu-test}: a GPU's results against those of the JVM. */
@NullMarked
package dev.mixed.compare.gpu;

import org.jspecify.annotations.NullMarked;
