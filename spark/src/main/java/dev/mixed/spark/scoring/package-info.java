// SPDX-License-Identifier: Apache-2.0
/** Scoring: one model an executor, which its tasks share. */
@NullMarked
package dev.mixed.spark.scoring;

import org.jspecify.annotations.NullMarked;
