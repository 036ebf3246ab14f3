// SPDX-License-Identifier: Apache-2.0
/** BERT itself: embeddings, attention, layers and the classification head. */
@NullMarked
package dev.mixed.bert.model;

import org.jspecify.annotations.NullMarked;
