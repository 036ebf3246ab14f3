// SPDX-License-Identifier: Apache-2.0
/** Training: a barrier stage with a task for each rank. */
@NullMarked
package dev.mixed.spark.training;

import org.jspecify.annotations.NullMarked;
