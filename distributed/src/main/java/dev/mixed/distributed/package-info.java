// SPDX-License-Identifier: Apache-2.0
/** Ranks that train together: how they find and watch each other, and sums over them. */
@NullMarked
package dev.mixed.distributed;

import org.jspecify.annotations.NullMarked;
