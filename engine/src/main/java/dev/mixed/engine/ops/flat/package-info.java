// SPDX-License-Identifier: Apache-2.0
/** Many tensors as one row, and back: what goes between GPUs in half the bytes, or in one piece. */
@NullMarked
package dev.mixed.engine.ops.flat;

import org.jspecify.annotations.NullMarked;
