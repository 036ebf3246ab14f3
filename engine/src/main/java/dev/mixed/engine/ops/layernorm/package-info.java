// SPDX-License-Identifier: Apache-2.0
/** Layer normalization: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.layernorm;

import org.jspecify.annotations.NullMarked;
