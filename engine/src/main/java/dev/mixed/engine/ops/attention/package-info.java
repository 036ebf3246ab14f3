// SPDX-License-Identifier: Apache-2.0
/** Scaled dot-product attention: plain loops and their forms for JVM and GPU. */
@NullMarked
package dev.mixed.engine.ops.attention;

import org.jspecify.annotations.NullMarked;
