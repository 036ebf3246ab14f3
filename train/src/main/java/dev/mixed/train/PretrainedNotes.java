// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.TensorNames;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.io.Brief;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Says in words how a pretrained model differs from the classifier that was made of it. */
final class PretrainedNotes {
    private PretrainedNotes() {
    }

    /** Adds a sentence on what starts at random and one on what was skipped, where there is such. */
    static void add(List<String> notes, String model, ModelState.Pretrained loaded) {
        if (loaded.random().contains(TensorNames.CLASSIFIER_WEIGHT)) {
            notes.add("The classifier starts from random weights: the model in '" + model + "' has none for these classes.");
        }
        if (loaded.random().contains(TensorNames.WORDS_DENSE)) {
            notes.add("The head that guesses words starts from random weights: the model in '" + model + "' has none.");
        }
        if (loaded.random().stream().anyMatch(name -> !TensorNames.isHead(name))) {
            notes.add("The pooler starts from random weights: the model in '" + model + "' has none.");
        }
        if (!loaded.skipped().isEmpty()) {
            Map<String, Integer> parts = new TreeMap<>();
            loaded.skipped().forEach(name -> parts.merge(part(name), 1, Integer::sum));
            notes.add("Skipped of '" + model + "', since this classifier has no such parts: "
                    + parts.entrySet().stream().map(e -> e.getKey() + " (" + e.getValue() + ")").collect(Collectors.joining(", ")) + ".");
        }
    }

    /** {@code cls.*} for {@code cls.predictions.bias}, {@code bert.pooler.*} for {@code bert.pooler.dense.weight}. */
    private static String part(String name) {
        String[] words = name.split("\\.");
        int depth = Math.min(TensorNames.isHead(name) ? 1 : 2, words.length - 1);
        return depth == 0 ? Brief.of(name) : Brief.of(String.join(".", List.of(words).subList(0, depth))) + ".*";
    }
}
