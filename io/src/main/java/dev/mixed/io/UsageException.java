// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

/** A wrong option or option value, told in one sentence; the command line prints it and exits with 2. */
public class UsageException extends UserException {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence for the user that names the option, its value and what is allowed */
    public UsageException(String message) {
        super(message);
    }

    /**
     * @param message one sentence for the user
     * @param cause what went wrong underneath, for the log only
     */
    public UsageException(String message, Throwable cause) {
        super(message, cause);
    }
}
