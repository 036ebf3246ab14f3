// SPDX-License-Identifier: Apache-2.0
/** Modules with parameters: linear, embedding, layer norm and dropout layers, and what a module of one's own extends. */
@NullMarked
package dev.mixed.autograd.nn;

import org.jspecify.annotations.NullMarked;
