// SPDX-License-Identifier: Apache-2.0
/** Sums and means over dims or chunks: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.reduce;

import org.jspecify.annotations.NullMarked;
