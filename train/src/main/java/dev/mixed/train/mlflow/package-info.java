// SPDX-License-Identifier: Apache-2.0
/** MLflow's tracking server through its REST API. */
@NullMarked
package dev.mixed.train.mlflow;

import org.jspecify.annotations.NullMarked;
