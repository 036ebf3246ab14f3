// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.config;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The activation functions of the feed-forward layer, with the spellings that {@code hidden_act} may have. */
public enum Activation {
    /** {@code x * Phi(x)} through erf: BERT's own. */
    GELU("GELU through erf: BERT's own", "gelu", "gelu_python"),
    /** {@code 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}. */
    GELU_TANH("GELU through tanh", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_accurate", "gelu_python_tanh"),
    /** {@code max(x, 0)}. */
    RELU("max(x, 0)", "relu"),
    /** {@code tanh(x)}. */
    TANH("tanh(x)", "tanh");

    private final String words;
    private final List<String> spellings;

    Activation(String words, String... spellings) {
        this.words = words;
        this.spellings = List.of(spellings);
    }

    /** The activation that Hugging Face calls {@code name}, or empty when miXed has none of that name. */
    public static Optional<Activation> of(String name) {
        return Arrays.stream(values()).filter(a -> a.spellings.contains(name)).findFirst();
    }

    /** What it computes, in words. */
    public String words() {
        return words;
    }

    /** The values of {@code hidden_act} that mean it. */
    public List<String> spellings() {
        return spellings;
    }

    /** Every accepted spelling, separated by commas, for messages. */
    static String allSpellings() {
        return Arrays.stream(values()).flatMap(a -> a.spellings.stream()).collect(Collectors.joining(", "));
    }
}
