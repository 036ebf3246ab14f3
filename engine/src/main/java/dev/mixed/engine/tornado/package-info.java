// SPDX-License-Identifier: Apache-2.0
/** Programs on a GPU through TornadoVM, and all that knows its internals. */
@NullMarked
package dev.mixed.engine.tornado;

import org.jspecify.annotations.NullMarked;
