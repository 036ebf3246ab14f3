// SPDX-License-Identifier: Apache-2.0
/** BERT's tokenizer: WordPiece with a vocabulary that is read or built. */
@NullMarked
package dev.mixed.bert.tokenizer;

import org.jspecify.annotations.NullMarked;
