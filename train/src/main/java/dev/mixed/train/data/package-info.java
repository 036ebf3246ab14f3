// SPDX-License-Identifier: Apache-2.0
/** Labelled texts: read from files, tokenized, shuffled and put into batches. */
@NullMarked
package dev.mixed.train.data;

import org.jspecify.annotations.NullMarked;
