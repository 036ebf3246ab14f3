// SPDX-License-Identifier: Apache-2.0
/** What the families of ops share. */
@NullMarked
package dev.mixed.engine.ops;

import org.jspecify.annotations.NullMarked;
