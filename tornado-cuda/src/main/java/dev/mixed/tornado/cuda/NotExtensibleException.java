// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

/** TornadoVM can't be extended here; the message says why, as a clause without its end. Its own API still works. */
public final class NotExtensibleException extends Exception {
    private static final long serialVersionUID = 1;

    NotExtensibleException(String reason, Throwable cause) {
        super(reason, cause);
    }

    NotExtensibleException(String reason) {
        super(reason);
    }
}
