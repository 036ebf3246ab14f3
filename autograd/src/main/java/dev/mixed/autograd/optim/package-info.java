// SPDX-License-Identifier: Apache-2.0
/** Optimizers, parameter groups, gradient clipping and learning rate schedules. */
@NullMarked
package dev.mixed.autograd.optim;

import org.jspecify.annotations.NullMarked;
