// SPDX-License-Identifier: Apache-2.0
/** Philox random numbers and dropout: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.random;

import org.jspecify.annotations.NullMarked;
