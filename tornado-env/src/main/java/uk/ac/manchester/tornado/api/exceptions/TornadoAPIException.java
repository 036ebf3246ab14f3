// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.exceptions;

/** The API was used in a way that it does not allow. */
public class TornadoAPIException extends RuntimeException {
    public TornadoAPIException(String message) {
        super(message);
    }
}
