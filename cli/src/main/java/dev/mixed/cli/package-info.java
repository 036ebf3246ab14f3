// SPDX-License-Identifier: Apache-2.0
/** The commands of {@code mixed}. */
@NullMarked
package dev.mixed.cli;

import org.jspecify.annotations.NullMarked;
