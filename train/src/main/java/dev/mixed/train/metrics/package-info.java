// SPDX-License-Identifier: Apache-2.0
/** Scores of a classifier, and the file that a run writes its measurements to. */
@NullMarked
package dev.mixed.train.metrics;

import org.jspecify.annotations.NullMarked;
