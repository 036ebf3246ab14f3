// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The activation functions of the feed-forward layer, with the spellings that {@code hidden_act} may have. */
public enum Activation {
    /** {@code x * Phi(x)} through erf: BERT's own. */
    GELU("gelu", "gelu_python"),
    /** {@code 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}. */
    GELU_TANH("gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate", "gelu_python_tanh"),
    /** {@code max(x, 0)}. */
    RELU("relu"),
    /** {@code tanh(x)}. */
    TANH("tanh");

    private final List<String> spellings;

    Activation(String... spellings) {
        this.spellings = List.of(spellings);
    }

    /** The activation that Hugging Face calls {@code name}, or empty when miXed has none of that name. */
    public static Optional<Activation> of(String name) {
        return Arrays.stream(values()).filter(a -> a.spellings.contains(name)).findFirst();
    }

    /** Every accepted spelling, separated by commas, for messages. */
    public static String allSpellings() {
        return Arrays.stream(values()).flatMap(a -> a.spellings.stream()).collect(Collectors.joining(", "));
    }
}
