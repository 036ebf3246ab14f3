// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledDatasetTest {
    private final Dataset dataset = Dataset.bundled();

    @Test
    void sizesAndLabels() {
        assertEquals(List.of("negative", "positive"), dataset.labelNames());
        assertEquals(List.of(2000, 200, 200), List.of(dataset.train().size(), dataset.validation().size(), dataset.test().size()));
        for (List<LabeledText> split : List.of(dataset.train(), dataset.validation(), dataset.test())) {
            assertEquals(split.size() / 2, split.stream().filter(text -> text.label() == 1).count());
        }
    }

    @Test
    void noTextOccursTwice() {
        Set<String> texts = new HashSet<>();
        Stream.of(dataset.train(), dataset.validation(), dataset.test()).flatMap(List::stream).forEach(text -> texts.add(text.text()));
        assertEquals(2400, texts.size());
    }

    @Test
    void resourcesAreWhatTheGeneratorWrites(@TempDir Path folder) throws IOException {
        ReviewGenerator.main(new String[] {folder.toString()});
        long bytes = 0;
        for (String file : List.of("train.tsv", "validation.tsv", "test.tsv")) {
            byte[] generated = Files.readAllBytes(folder.resolve(file));
            assertArrayEquals(generated, BundledDataset.class.getResourceAsStream("reviews/" + file).readAllBytes(), file);
            bytes += generated.length;
        }
        assertTrue(bytes < 200_000, bytes + " bytes");
    }

    /** Naive Bayes over single words gets 77.5 %: better than chance, yet word order has to be understood for more. */
    @Test
    void wordsAloneDoNotGiveTheClassAway() {
        Map<String, int[]> counts = new HashMap<>();
        for (LabeledText text : dataset.train()) {
            words(text).forEach(word -> counts.computeIfAbsent(word, key -> new int[] {1, 1})[text.label()]++);
        }
        long right = dataset.test().stream().filter(text -> {
            double score = words(text).stream().mapToDouble(word -> {
                int[] count = counts.getOrDefault(word, new int[] {1, 1});
                return Math.log((double) count[1] / count[0]);
            }).sum();
            return (score > 0 ? 1 : 0) == text.label();
        }).count();
        assertTrue(right > 130 && right < 170, right + " of 200");
    }

    private static Set<String> words(LabeledText text) {
        return new HashSet<>(Arrays.asList(text.text().toLowerCase(java.util.Locale.ROOT).split("\\W+")));
    }
}
