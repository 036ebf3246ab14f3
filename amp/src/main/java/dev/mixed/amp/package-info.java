// SPDX-License-Identifier: Apache-2.0
/** Automatic mixed precision: autocast, its rules for each op, and the gradient scaler. */
@NullMarked
package dev.mixed.amp;

import org.jspecify.annotations.NullMarked;
