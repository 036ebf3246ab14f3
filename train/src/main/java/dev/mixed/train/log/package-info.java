// SPDX-License-Identifier: Apache-2.0
/** Where a run is told of beside its own files. */
@NullMarked
package dev.mixed.train.log;

import org.jspecify.annotations.NullMarked;
