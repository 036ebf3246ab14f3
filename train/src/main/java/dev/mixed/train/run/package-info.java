// SPDX-License-Identifier: Apache-2.0
/** The options of a run and the folder that it writes to. */
@NullMarked
package dev.mixed.train.run;

import org.jspecify.annotations.NullMarked;
