// SPDX-License-Identifier: Apache-2.0
/** Processes of the command mixed, started by Spark's tasks. */
@NullMarked
package dev.mixed.spark.process;

import org.jspecify.annotations.NullMarked;
