// SPDX-License-Identifier: Apache-2.0
/** Files that {@code torch.save} wrote: their zip and legacy archives, and a pickle reader that builds tensors and nothing else. */
@NullMarked
package dev.mixed.weights.torch;

import org.jspecify.annotations.NullMarked;
