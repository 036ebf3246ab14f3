// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Keeps texts that a model learns out of those that it is scored on: the same text may stand in a file twice. */
public final class HeldOutTexts {
    private HeldOutTexts() {
    }

    /**
     * A data set whose held-out splits hold no text that is learned, as far as that is possible.
     *
     * @param given   whether the user made the splits: then they stay as they are, and are only spoken of
     * @param earlier fingerprints of what the model had learned before
     * @param notes   gets a sentence for the user where there are such texts
     */
    public static Dataset of(Dataset data, boolean given, long[] earlier, List<String> notes) {
        Set<Long> learned = new HashSet<>();
        Arrays.stream(earlier).forEach(learned::add);
        Arrays.stream(TextFingerprint.of(data.train())).forEach(learned::add);
        List<LabeledText> validation = without(data.validation(), learned, given, "validation", notes);
        Set<Long> seen = new HashSet<>(learned);
        if (!given) {
            Arrays.stream(TextFingerprint.of(validation)).forEach(seen::add);
        }
        List<LabeledText> test = without(data.test(), seen, given, "test", notes);
        return new Dataset(data.name(), data.task(), data.labelNames(), data.train(), validation, test);
    }

    private static List<LabeledText> without(List<LabeledText> split, Set<Long> learned, boolean given, String name, List<String> notes) {
        List<LabeledText> left = new ArrayList<>();
        long[] fingerprints = TextFingerprint.of(split);
        for (int i = 0; i < fingerprints.length; i++) {
            if (!learned.contains(fingerprints[i])) {
                left.add(split.get(i));
            }
        }
        int known = split.size() - left.size();
        if (known == 0) {
            return split;
        }
        String which = known + " of the " + split.size() + " " + name + " texts are also among the texts that the model learns or is chosen on";
        if (given) {
            notes.add(which + "; the splits are given, so they are scored all the same.");
            return split;
        }
        if (left.isEmpty()) {
            notes.add(which + ", and so nothing is held out: the " + name + " score says nothing of texts that the model has not seen.");
            return split;
        }
        notes.add(which + ": they are left out of the " + name + " score.");
        return left;
    }
}
