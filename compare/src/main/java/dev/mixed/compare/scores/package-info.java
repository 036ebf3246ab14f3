// SPDX-License-Identifier: Apache-2.0
/** The scores that miXed and PyTorch with transformers reach on the same tasks. */
@NullMarked
package dev.mixed.compare.scores;

import org.jspecify.annotations.NullMarked;
