// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.Objects;

/** A device can't do what was asked of it; the message is one sentence for the user, with the remedy. */
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DeviceException(String message) {
        super(message);
    }

    public DeviceException(String message, Throwable cause) {
        super(message, cause);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}
