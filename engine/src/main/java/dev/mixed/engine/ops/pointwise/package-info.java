// SPDX-License-Identifier: Apache-2.0
/** Ops on each element by itself, and casts: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.pointwise;

import org.jspecify.annotations.NullMarked;
