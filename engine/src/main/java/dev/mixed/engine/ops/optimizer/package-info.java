// SPDX-License-Identifier: Apache-2.0
/** Optimizer steps, gradient norms and loss scaling: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.optimizer;

import org.jspecify.annotations.NullMarked;
