// SPDX-License-Identifier: Apache-2.0
/** {@code mixed compare} and its subcommands. */
@NullMarked
package dev.mixed.compare.cli;

import org.jspecify.annotations.NullMarked;
