// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import dev.mixed.io.UserException;
import org.jspecify.annotations.Nullable;

/** The hub could not be reached, or broke off: what the cache holds may still do. */
final class UnreachableException extends UserException {
    private static final long serialVersionUID = 1L;

    UnreachableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
