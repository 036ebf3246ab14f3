// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.ModelFamily;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Names of tensors without what a {@link Wrapper} put there.
 *
 * @param names in the order in which they were given
 * @param taken off them, empty where nothing was
 */
record Unwrapped(List<String> names, Set<String> taken) {
    /** As a module that calls a whole BERT with its head {@code bert} saves it. */
    private static final String TWICE = "bert.bert.";
    private static final String WORDS = TensorNames.WORD_EMBEDDINGS.substring("bert.".length());
    /** Deeper nesting is nobody's. */
    private static final int MOST = 8;

    /** A {@link UserException} where some names have a wrapper in front and others do not: they are of two models, or of more than a BERT. */
    static Unwrapped of(String file, Collection<String> stored) {
        List<String> names = List.copyOf(stored);
        Set<String> taken = new TreeSet<>();
        for (int i = 0; i < MOST; i++) {
            Optional<Wrapper> wrapper = Wrapper.inFrontOf(names);
            if (wrapper.isEmpty()) {
                break;
            }
            names = without(file, names, wrapper.get().part() + ".");
            taken.add(wrapper.get().part() + ".");
        }
        if (names.stream().anyMatch(name -> name.startsWith(TWICE))) {
            names = without(file, names, "bert.");
            taken.add("bert.");
        }
        List<String> bare = new ArrayList<>();
        for (String name : names) {
            bare.add(inner(name, taken));
        }
        return new Unwrapped(bare, taken);
    }

    private static List<String> without(String file, List<String> names, String prefix) {
        List<String> rest = new ArrayList<>();
        for (String name : names) {
            if (!name.startsWith(prefix)) {
                String other = names.stream().filter(n -> n.startsWith(prefix)).findFirst().orElseThrow();
                throw new UserException("'" + file + "' has tensors whose names begin with '" + prefix + "' ('" + Brief.of(other) + "') and others ('"
                        + Brief.of(name) + "'), so that it can't be told which are the model's; save one model's alone.");
            }
            rest.add(name.substring(prefix.length()));
        }
        return rest;
    }

    private static String inner(String name, Set<String> taken) {
        if (name.indexOf('_') < 0 && !name.contains("module")) {
            return name;
        }
        List<String> kept = new ArrayList<>();
        for (String part : name.split("\\.", -1)) {
            if (Wrapper.inner(part).isPresent()) {
                taken.add(part + ".");
            } else {
                kept.add(part);
            }
        }
        return String.join(".", kept);
    }

    /** One sentence for the user on what was taken off. */
    Optional<String> note(String file) {
        return taken.isEmpty() ? Optional.empty()
                : Optional.of("The names of the tensors in '" + file + "' have " + String.join(", ", taken.stream().map(t -> "'" + t + "'").toList())
                        + ", which a wrapper around the model left there: taken off.");
    }

    /** A {@link UserException} where these, the names of today, are of another model's embeddings or under a name that miXed does not know. */
    static void refuseOthers(String file, Set<String> names) {
        if (names.contains(TensorNames.WORD_EMBEDDINGS)) {
            return;
        }
        names.stream().filter(name -> name.endsWith("." + WORDS)).findFirst().ifPresent(name -> {
            String prefix = name.substring(0, name.length() - WORDS.length());
            String shown = "'" + Brief.of(prefix) + "' ('" + Brief.of(name) + "')";
            throw new UserException(ModelFamily.ofTensors(prefix.substring(0, prefix.length() - 1))
                    .map(family -> "'" + file + "' holds a model of " + family.title() + ", not BERT: its tensors begin with " + shown + "; use a BERT model.")
                    .orElse("'" + file + "' has names of tensors that begin with " + shown + " where a BERT's begin with 'bert.'; save the BERT alone."));
        });
    }
}
