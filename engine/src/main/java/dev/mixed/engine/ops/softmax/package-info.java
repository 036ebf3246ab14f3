// SPDX-License-Identifier: Apache-2.0
/** Softmax and log-softmax. */
@NullMarked
package dev.mixed.engine.ops.softmax;

import org.jspecify.annotations.NullMarked;
