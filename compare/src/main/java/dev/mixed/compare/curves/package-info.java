// SPDX-License-Identifier: Apache-2.0
/** Loss curves of miXed and of PyTorch on the same weights and batches. */
@NullMarked
package dev.mixed.compare.curves;

import org.jspecify.annotations.NullMarked;
