// SPDX-License-Identifier: Apache-2.0
/** Trains, evaluates and runs a model on labelled texts. */
@NullMarked
package dev.mixed.train;

import org.jspecify.annotations.NullMarked;
