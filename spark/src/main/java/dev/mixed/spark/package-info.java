// SPDX-License-Identifier: Apache-2.0
/** Text classification by BERT on Apache Spark: an estimator, which trains on the cluster's GPUs, and its model, which scores data frames. */
@NullMarked
package dev.mixed.spark;

import org.jspecify.annotations.NullMarked;
