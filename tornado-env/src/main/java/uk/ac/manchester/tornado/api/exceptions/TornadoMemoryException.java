// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.exceptions;

/** Device memory was used in a way that it does not allow. */
public class TornadoMemoryException extends RuntimeException {
    public TornadoMemoryException(String message) {
        super(message);
    }
}
