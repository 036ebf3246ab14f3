// SPDX-License-Identifier: Apache-2.0
/** What a model's folder tells people about it. */
@NullMarked
package dev.mixed.train.card;

import org.jspecify.annotations.NullMarked;
