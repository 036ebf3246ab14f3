// SPDX-License-Identifier: Apache-2.0
/** Checkpoints: a run's weights and its whole training state, in a folder. */
@NullMarked
package dev.mixed.train.checkpoint;

import org.jspecify.annotations.NullMarked;
