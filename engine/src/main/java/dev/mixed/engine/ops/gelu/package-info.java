// SPDX-License-Identifier: Apache-2.0
/** GELU, exact and by tanh: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.gelu;

import org.jspecify.annotations.NullMarked;
