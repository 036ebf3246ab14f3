// SPDX-License-Identifier: Apache-2.0
/** Ops that move elements and compute none. */
@NullMarked
package dev.mixed.engine.ops.shape;

import org.jspecify.annotations.NullMarked;
