// SPDX-License-Identifier: Apache-2.0
/** Reverse-mode automatic differentiation: variables, parameters, the recorded graph and its backward pass. */
@NullMarked
package dev.mixed.autograd;

import org.jspecify.annotations.NullMarked;
