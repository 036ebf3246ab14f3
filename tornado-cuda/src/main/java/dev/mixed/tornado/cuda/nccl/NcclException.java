// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

/** NCCL is not there, or one of its functions failed; the message is a sentence without its end. */
public final class NcclException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /** @param message what is missing or failed */
    public NcclException(String message) {
        super(message);
    }

    NcclException(String message, Throwable cause) {
        super(message, cause);
    }
}
