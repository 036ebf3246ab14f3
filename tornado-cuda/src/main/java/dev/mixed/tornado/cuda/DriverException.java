// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

/** A function of one of NVIDIA's libraries failed. */
public final class DriverException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /** @param message the function's name and the number that it gave */
    public DriverException(String message) {
        super(message);
    }
}
