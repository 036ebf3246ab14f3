// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.util.Objects;

/** What is wrong with a file that PyTorch is said to have written, as the second half of a sentence that begins with the file's name. */
public final class TorchFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TorchFormatException(String what) {
        super(what);
    }

    /** The second half of the sentence. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage(), "what is wrong is never null");
    }
}
