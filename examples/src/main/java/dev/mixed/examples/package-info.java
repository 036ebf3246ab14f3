// SPDX-License-Identifier: Apache-2.0
/** Programs that use miXed as a library. */
@NullMarked
package dev.mixed.examples;

import org.jspecify.annotations.NullMarked;
