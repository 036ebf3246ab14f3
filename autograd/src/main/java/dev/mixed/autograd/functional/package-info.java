// SPDX-License-Identifier: Apache-2.0
/** The differentiable ops, each a record with its forward and its gradients, behind one facade, {@link dev.mixed.autograd.functional.F}. */
@NullMarked
package dev.mixed.autograd.functional;

import org.jspecify.annotations.NullMarked;
