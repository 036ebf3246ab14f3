// SPDX-License-Identifier: Apache-2.0
/** Applications for spark-submit. */
@NullMarked
package dev.mixed.spark.app;

import org.jspecify.annotations.NullMarked;
