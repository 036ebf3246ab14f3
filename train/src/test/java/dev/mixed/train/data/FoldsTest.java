// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class FoldsTest {
    private final List<String> notes = new ArrayList<>();

    private static List<LabeledText> texts(String name, int... ofEachClass) {
        List<LabeledText> texts = new ArrayList<>();
        for (int label = 0; label < ofEachClass.length; label++) {
            for (int i = 0; i < ofEachClass[label]; i++) {
                texts.add(new LabeledText(name + " " + label + " " + i, label));
            }
        }
        return texts;
    }

    private static final Dataset DATA = new Dataset("data", List.of("a", "b", "c"), texts("train", 20, 9, 3), texts("validation", 3, 1, 1),
            texts("test", 2, 2, 0));

    private static int of(List<LabeledText> texts, int label) {
        return (int) texts.stream().filter(text -> text.label() == label).count();
    }

    @Test
    void eachTextIsTestedOnceAndPartsAreAlike() {
        Set<LabeledText> tested = new HashSet<>();
        for (int fold = 1; fold <= 5; fold++) {
            Dataset part = Folds.of(DATA, false, 5, fold, 7, notes::add);
            Set<LabeledText> all = new HashSet<>(part.train());
            all.addAll(part.validation());
            all.addAll(part.test());
            assertEquals(41, all.size());
            assertEquals(41, part.train().size() + part.validation().size() + part.test().size());
            part.test().forEach(text -> assertTrue(tested.add(text), text.text()));
            for (List<LabeledText> split : List.of(part.test(), part.validation())) {
                assertTrue(split.size() == 8 || split.size() == 9);
                assertEquals(5, of(split, 0));
                assertTrue(of(split, 1) == 2 || of(split, 1) == 3);
                assertTrue(of(split, 2) <= 1);
            }
            assertEquals(Folds.of(DATA, false, 5, fold % 5 + 1, 7, notes::add).test(), part.validation());
        }
        assertEquals(41, tested.size());
        assertEquals("The label 'c' has 4 texts, fewer than the 5 folds, so some have none of it.", notes.getFirst());
        assertNotEquals(Folds.of(DATA, false, 5, 1, 7, notes::add).test(), Folds.of(DATA, false, 5, 1, 8, notes::add).test());
    }

    @Test
    void testTextsThatAreGivenStayOut() {
        Dataset part = Folds.of(DATA, true, 3, 1, 7, notes::add);
        assertEquals(37, part.train().size() + part.validation().size() + part.test().size());
        assertTrue(part.test().stream().noneMatch(text -> text.text().startsWith("test")));
        assertEquals(List.of("Folds are of the training and validation texts; the 4 test texts are left out."), notes);
    }

    @Test
    void withoutClassesPartsAreOfOneSize() {
        List<LabeledText> scores = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            scores.add(new LabeledText("text " + i, null, new Target.Score(i)));
        }
        Dataset data = new Dataset("data", TaskKind.REGRESSION, List.of("score"), scores, List.of(), List.of());
        assertEquals(List.of(4, 4, 3),
                List.of(Folds.of(data, false, 3, 1, 1, notes::add).test().size(), Folds.of(data, false, 3, 2, 1, notes::add).test().size(),
                        Folds.of(data, false, 3, 3, 1, notes::add).test().size()));
        assertRefused(() -> Folds.of(data, false, 12, 1, 1, notes::add), "data has 11 texts, too few for 12 folds; give fewer --folds.");
    }

    @Test
    void optionsOfSeveralRuns() {
        RunOptions options = RunOptions.defaults();
        assertEquals(List.of("seed-3", "seed-1"), List.copyOf(options.with("seeds", "3, 1").repeats().runs().keySet()));
        assertEquals(new TreeMap<>(Map.of("seed", 1L, "fold", 3)),
                new TreeMap<>(options.with("seeds", "2,1").with("folds", 3).repeats().runs().get("seed-1-fold-3")));
        assertEquals(6, options.with("seeds", "2,1").with("folds", 3).repeats().runs().size());
        assertRefused(() -> options.with("seeds", "1"), "--seeds must be two or more different whole numbers");
        assertRefused(() -> options.with("seeds", "1,1"), "--seeds must be two or more different whole numbers");
        assertRefused(() -> options.with("folds", 2), "--folds must be a whole number from 3");
        assertRefused(() -> options.with("fold", 2), "--fold is one of --folds");
        assertRefused(() -> options.with("folds", 3).with("fold", 4), "--fold must be a whole number from 1 to --folds 3, not '4'.");
    }
}
