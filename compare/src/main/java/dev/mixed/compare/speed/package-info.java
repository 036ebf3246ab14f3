// SPDX-License-Identifier: Apache-2.0
/** The same training by several engines: how fast each one is. */
@NullMarked
package dev.mixed.compare.speed;

import org.jspecify.annotations.NullMarked;
