// SPDX-License-Identifier: Apache-2.0
/** Event files, which TensorBoard shows. */
@NullMarked
package dev.mixed.train.tensorboard;

import org.jspecify.annotations.NullMarked;
