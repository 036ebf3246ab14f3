package dev.mixed.bert.model;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;

/** The activation of the feed-forward part, by Hugging Face's name. */
@FunctionalInterface
interface Activation {
    Variable apply(Variable x);

    /** @throws IllegalArgumentException for a name that configurations were not checked against */
    static Activation named(String name) {
        return switch (name) {
            case "gelu" -> F::gelu;
            case "gelu_new", "gelu_pytorch_tanh" -> F::geluTanh;
            case "relu" -> F::relu;
            case "tanh" -> F::tanh;
            default -> throw new IllegalArgumentException("unknown activation " + name);
        };
    }
}
