// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import org.jspecify.annotations.Nullable;

/**
 * What of a model is not trained: the value of {@code --freeze}.
 *
 * @param layers so many of the first layers of the encoder, and the embeddings before them
 */
public record Freeze(int layers) {
    /** What an option may hold, in words. */
    static final String RANGE = "embeddings, or a number of layers from 1 to 1000";

    private static final String EMBEDDINGS = "embeddings";
    private static final int MOST = 1000;

    public Freeze {
        if (layers < 0 || layers > MOST) {
            throw new IllegalArgumentException("0 to " + MOST + " layers can be frozen, not " + layers);
        }
    }

    /** Null where {@code typed} is none. */
    static @Nullable Freeze parse(String typed) {
        if (typed.strip().equals(EMBEDDINGS)) {
            return new Freeze(0);
        }
        return typed.strip().matches("[1-9]\\d{0,2}|1000") ? new Freeze(Integer.parseInt(typed.strip())) : null;
    }

    /** As an option takes it. */
    @Override
    public String toString() {
        return layers == 0 ? EMBEDDINGS : String.valueOf(layers);
    }
}
