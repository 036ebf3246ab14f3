// SPDX-License-Identifier: Apache-2.0
/** {@code mixed demo}: what number formats do to a value. */
@NullMarked
package dev.mixed.cli.demo;

import org.jspecify.annotations.NullMarked;
