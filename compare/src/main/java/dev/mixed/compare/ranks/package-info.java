// SPDX-License-Identifier: Apache-2.0
/** Processes that train together, started and watched from here: miXed's ranks, and PyTorch's beside them. */
@NullMarked
package dev.mixed.compare.ranks;

import org.jspecify.annotations.NullMarked;
