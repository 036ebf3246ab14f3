// SPDX-License-Identifier: Apache-2.0
/** Folders of pretrained models: weights fitted to a model, read and written with configuration and tokenizer. */
@NullMarked
package dev.mixed.bert.pretrained;

import org.jspecify.annotations.NullMarked;
