// SPDX-License-Identifier: Apache-2.0
/** Weight files of any model: safetensors, torch archives and shards, as named tensors. */
@NullMarked
package dev.mixed.weights;

import org.jspecify.annotations.NullMarked;
