// SPDX-License-Identifier: Apache-2.0
/** Many tensors as one row of halves, and back: what goes between GPUs in half the bytes. */
@NullMarked
package dev.mixed.engine.ops.flat;

import org.jspecify.annotations.NullMarked;
