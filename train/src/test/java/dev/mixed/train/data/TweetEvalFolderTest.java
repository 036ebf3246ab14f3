// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.io.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TweetEvalFolderTest {
    @TempDir
    Path folder;

    @BeforeEach
    void goodFolder() throws IOException {
        write("mapping.txt", "0\tcalm\n1\tangry");
        for (String split : List.of("train", "val", "test")) {
            write(split + "_text.txt", split + " one &amp; two\nthree\u2028four\n");
            write(split + "_labels.txt", "1\n0\n");
        }
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private Dataset load() {
        return Dataset.load(folder, 0);
    }

    @Test
    void readsTextsAsTheyAre() {
        Dataset dataset = load();
        assertEquals(List.of("calm", "angry"), dataset.labelNames());
        assertEquals(List.of(new LabeledText("train one &amp; two", 1), new LabeledText("three\u2028four", 0)), dataset.train());
        assertEquals("val one &amp; two", dataset.validation().getFirst().text());
        assertEquals("test one &amp; two", dataset.test().getFirst().text());
    }

    @Test
    void labelsMayBeNames() throws IOException {
        write("train_labels.txt", "angry\ncalm\n");
        assertEquals(List.of(1, 0), load().train().stream().map(LabeledText::label).toList());
    }

    @Test
    void withoutMappingTheTrainingLabelsCount() throws IOException {
        Files.delete(folder.resolve("mapping.txt"));
        assertEquals(List.of("0", "1"), load().labelNames());
        write("test_labels.txt", "1\n2\n");
        assertRefused(this::load, folder.resolve("test_labels.txt") + ", line 2: the label '2' is unknown; the labels are 0, 1");
    }

    @Test
    void missingAndEmptyFiles() throws IOException {
        write("val_text.txt", "");
        assertRefused(this::load, folder.resolve("val_text.txt") + " is empty");
        Files.delete(folder.resolve("val_text.txt"));
        assertRefused(this::load, folder.resolve("val_text.txt") + " does not exist");
        Files.delete(folder.resolve("train_text.txt"));
        assertRefused(this::load, folder.resolve("train_text.txt") + " does not exist");
    }

    @Test
    void labelCountMustMatchTextCount() throws IOException {
        write("test_labels.txt", "1\n0\n1\n");
        assertRefused(this::load, folder.resolve("test_text.txt") + " has 2 texts", folder.resolve("test_labels.txt") + " has 3 labels");
    }

    @Test
    void unknownAndEmptyLabels() throws IOException {
        write("val_labels.txt", "1\n2\n");
        assertRefused(this::load, folder.resolve("val_labels.txt") + ", line 2: the label '2' is unknown; the labels are calm, angry");
        write("val_labels.txt", "1\nfurious\n");
        assertRefused(this::load, "line 2: the label 'furious' is unknown");
        write("val_labels.txt", "\n1\n");
        assertRefused(this::load, "line 1: the label is empty");
    }

    @Test
    void emptyText() throws IOException {
        write("train_text.txt", "one\n \t\n");
        assertRefused(this::load, folder.resolve("train_text.txt") + ", line 2: the text is empty");
    }

    @Test
    void bytesThatAreNotUtf8() throws IOException {
        Files.write(folder.resolve("test_text.txt"), "fine\nna\u00efve\n".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(this::load, folder.resolve("test_text.txt") + ", line 2", "not UTF-8");
    }

    @Test
    void badMappings() throws IOException {
        for (String bad : List.of("0\tcalm\n2\tangry", "0\tcalm\n0\tangry", "0\tcalm\n1\tcalm", "0\tcalm\nangry", "0\tcalm\n1\t", "0\tcalm\nx\tangry")) {
            write("mapping.txt", bad);
            assertRefused(this::load, folder.resolve("mapping.txt") + ", line 2", "is no mapping");
        }
        write("mapping.txt", "0\tcalm\n");
        for (String split : List.of("train", "val", "test")) {
            write(split + "_labels.txt", "0\n0\n");
        }
        assertRefused(this::load, "only one label (calm)");
    }

    @Test
    void offensiveTweets() {
        Dataset dataset = Dataset.load(SharedData.require("data/tweeteval/offensive"), 0);
        assertEquals(List.of(11916, 1324, 860), List.of(dataset.train().size(), dataset.validation().size(), dataset.test().size()));
        assertEquals(List.of(3941L, 459L, 240L), List.of(positives(dataset.train()), positives(dataset.validation()), positives(dataset.test())));
        assertEquals(List.of("not-offensive", "offensive"), dataset.labelNames());
    }

    @Test
    void emotionTweets() {
        Dataset dataset = Dataset.load(SharedData.require("data/tweeteval/emotion"), 0);
        assertEquals(List.of(3257, 374, 1421), List.of(dataset.train().size(), dataset.validation().size(), dataset.test().size()));
        assertEquals(List.of("anger", "joy", "optimism", "sadness"), dataset.labelNames());
    }

    private static long positives(List<LabeledText> texts) {
        return texts.stream().filter(text -> text.label() == 1).count();
    }
}
