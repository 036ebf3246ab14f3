// SPDX-License-Identifier: Apache-2.0
/** One table of the ops with inputs, float64 references and GPU cases, which gradient checks, comparisons and the self-check share. */
@NullMarked
package dev.mixed.opcases;

import org.jspecify.annotations.NullMarked;
