// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

/** A contender could not do its work; the comparison goes on without it. */
public final class ContenderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message why, in some words without a full stop */
    public ContenderException(String message) {
        super(message);
    }

    public ContenderException(String message, Throwable cause) {
        super(message, cause);
    }
}
