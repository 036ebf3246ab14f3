// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import dev.mixed.io.UserException;
import dev.mixed.train.run.TaskKind;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Divides a data set into parts for cross-validation: as large as each other, and of classes with as many texts of each class, both up to one. */
public final class Folds {
    private Folds() {
    }

    /**
     * The data set of one run: tested on one part, chosen on the next and trained on all others.
     *
     * @param given whether the user made the splits: then the test texts stay out of it, and the parts are of the others
     * @param count of parts, 3 at least
     * @param fold  the part to test on, from 1
     * @param seed  by which texts are divided
     * @param notes told, in a sentence, where the texts do not suffice for parts that are alike
     * @throws UserException where there are fewer texts than parts
     */
    public static Dataset of(Dataset data, boolean given, int count, int fold, long seed, Consumer<String> notes) {
        List<LabeledText> all = Stream.of(data.train(), data.validation(), given ? List.<LabeledText>of() : data.test()).flatMap(List::stream).toList();
        if (all.size() < count) {
            throw new UserException("%s has %d texts, too few for %d folds; give fewer --folds.".formatted(data.name(), all.size(), count));
        }
        if (given && !data.test().isEmpty()) {
            notes.accept("Folds are of the training and validation texts; the %d test texts are left out.".formatted(data.test().size()));
        }
        int[] parts = parts(data, all, count, seed, notes);
        List<LabeledText> train = new ArrayList<>();
        List<LabeledText> validation = new ArrayList<>();
        List<LabeledText> test = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            (parts[i] == fold - 1 ? test : parts[i] == fold % count ? validation : train).add(all.get(i));
        }
        return new Dataset(data.name(), data.task(), data.labelNames(), train, validation, test);
    }

    /** The part of each text, from 0: those of a class, in random order, are dealt out one after the other, and the next class goes on where it ended. */
    private static int[] parts(Dataset data, List<LabeledText> all, int count, long seed, Consumer<String> notes) {
        boolean classes = data.task() == TaskKind.CLASSIFICATION;
        List<List<Integer>> strata = new ArrayList<>();
        for (int i = 0; i < (classes ? data.labelNames().size() : 1); i++) {
            strata.add(new ArrayList<>());
        }
        for (int i = 0; i < all.size(); i++) {
            strata.get(classes ? all.get(i).label() : 0).add(i);
        }
        int[] parts = new int[all.size()];
        int next = 0;
        for (int c = 0; c < strata.size(); c++) {
            List<Integer> members = strata.get(c);
            if (classes && members.size() < count) {
                notes.accept(
                        "The label '%s' has %d texts, fewer than the %d folds, so some have none of it.".formatted(data.labelNames().get(c), members.size(),
                                count));
            }
            for (int index : Shuffle.permutation(members.size(), seed, c)) {
                parts[members.get(index)] = next;
                next = (next + 1) % count;
            }
        }
        return parts;
    }
}
