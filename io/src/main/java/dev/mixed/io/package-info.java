// SPDX-License-Identifier: Apache-2.0
/** Files read and written whole, and errors told to a user in one sentence. */
@NullMarked
package dev.mixed.io;

import org.jspecify.annotations.NullMarked;
