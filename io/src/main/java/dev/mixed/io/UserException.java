// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A mistake of the user, told in one sentence that names the file or value and the remedy; the command line prints it and exits with 1. */
public class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence for the user, such as "data.csv, line 3: the text is empty; write a text or delete the line." */
    public UserException(String message) {
        super(message);
    }

    /**
     * @param message one sentence for the user
     * @param cause what went wrong underneath, for the log only; null if nothing did
     */
    public UserException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** The sentence. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage(), "a sentence for the user is never null");
    }
}
