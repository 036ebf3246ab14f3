// SPDX-License-Identifier: Apache-2.0
/** Losses and weighted means: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.loss;

import org.jspecify.annotations.NullMarked;
