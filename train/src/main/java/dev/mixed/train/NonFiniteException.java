// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.amp.Precision;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import org.jspecify.annotations.Nullable;

/** What a model says of a text is NaN or an infinity: no class, no probability and no score can come of it. */
public final class NonFiniteException extends UserException {
    private static final long serialVersionUID = 1L;

    private final int index;
    private final String text;
    private final String problem;

    /**
     * Of the text at {@code index} of what was asked about.
     *
     * @param value     one of its logits
     * @param precision in which it was computed
     */
    NonFiniteException(int index, String text, float value, Precision precision) {
        this(index, text, "the model's output is " + value + ", from which no class and no score follow; "
                + (precision == Precision.FP32 ? "it overflows in float, so use another model, or an earlier checkpoint of its run"
                        : "in half precision its activations overflow: use --fp32"),
                "text " + (index + 1), null);
    }

    private NonFiniteException(int index, String text, String problem, String place, @Nullable NonFiniteException cause) {
        super(place + " ('" + Brief.of(text) + "'): " + problem + ".", cause);
        this.index = index;
        this.text = text;
        this.problem = problem;
    }

    /** Index of the first such text, 0 for the first of those that were asked about. */
    public int index() {
        return index;
    }

    /** The same, of a text that stands in {@code place}, such as a file and a line. */
    public NonFiniteException at(String place) {
        return new NonFiniteException(index, text, problem, place, this);
    }
}
