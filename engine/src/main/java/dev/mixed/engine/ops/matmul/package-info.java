// SPDX-License-Identifier: Apache-2.0
/** Matrix products: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.matmul;

import org.jspecify.annotations.NullMarked;
