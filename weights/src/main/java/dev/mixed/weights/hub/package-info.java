// SPDX-License-Identifier: Apache-2.0
/** Models and data sets of a Hugging Face hub: names, downloads and the cache. */
@NullMarked
package dev.mixed.weights.hub;

import org.jspecify.annotations.NullMarked;
