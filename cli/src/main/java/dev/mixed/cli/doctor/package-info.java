// SPDX-License-Identifier: Apache-2.0
/** {@code mixed doctor}: what a GPU needs to compute for miXed, and what of it is missing. */
@NullMarked
package dev.mixed.cli.doctor;

import org.jspecify.annotations.NullMarked;
