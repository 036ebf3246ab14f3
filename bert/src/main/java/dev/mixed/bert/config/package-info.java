// SPDX-License-Identifier: Apache-2.0
/** BERT's configuration, presets and names of tensors. */
@NullMarked
package dev.mixed.bert.config;

import org.jspecify.annotations.NullMarked;
