// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.process;

import org.jspecify.annotations.Nullable;

/** What a user can mend, said in one sentence. */
public final class MixedException extends RuntimeException {
    /** @param sentence for the user */
    public MixedException(String sentence) {
        super(sentence);
    }

    /** @param sentence for the user */
    public MixedException(String sentence, @Nullable Throwable cause) {
        super(sentence, cause);
    }
}
