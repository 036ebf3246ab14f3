// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.mixed.train.run.DataColumns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    @TempDir
    Path folder;

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    @Test
    void folderOfFilesInAnyMixOfFormats() throws IOException {
        write("train.csv", "text,label\na,yes\nb,no\n");
        write("dev.tsv", "text\tlabel\nc\tno\n");
        write("test.jsonl", "{\"text\": \"d\", \"label\": \"yes\"}\n");
        Dataset dataset = Dataset.load(folder, 0);
        assertEquals(List.of("no", "yes"), dataset.labelNames());
        assertEquals(List.of(new LabeledText("a", 1), new LabeledText("b", 0)), dataset.train());
        assertEquals(List.of(new LabeledText("c", 0)), dataset.validation());
        assertEquals(List.of(new LabeledText("d", 1)), dataset.test());
    }

    @Test
    void testFileMayBeAbsent() throws IOException {
        write("train.csv", "text,label\na,2\nb,10\n");
        write("val.csv", "text,label\nc,10\n");
        Dataset dataset = Dataset.load(folder, 0);
        assertEquals(List.of("2", "10"), dataset.labelNames());
        assertEquals(List.of(), dataset.test());
    }

    @Test
    void incompleteOrDoubleSplitsAreRefused() throws IOException {
        assertRefused(() -> Dataset.load(folder, 0), folder + " has no train file");
        assertRefused(() -> Dataset.load(folder.resolve("none"), 0), "none does not exist");
        write("train.csv", "text,label\na,0\nb,1\n");
        assertRefused(() -> Dataset.load(folder, 0), folder + " has no validation file");
        write("val.csv", "text,label\na,0\n");
        write("validation.jsonl", "{}");
        assertRefused(() -> Dataset.load(folder, 0), "validation.jsonl", "val.csv", "keep one");
    }

    @Test
    void labelsOutsideTheTrainingFileAreUnknown() throws IOException {
        write("train.csv", "text,label\na,0\nb,1\n");
        Path validation = write("val.csv", "text,label\na,0\nb,2\n");
        assertRefused(() -> Dataset.load(folder, 0), validation + ", line 3: the label '2' is unknown; the labels are 0, 1");
        write("val.csv", "text,label\na,0\n");
        write("train.csv", "text,label\na,0\nb,0\n");
        assertRefused(() -> Dataset.load(folder, 0), folder + " has only one label (0)");
    }

    @Test
    void oneFileIsSplitWithinEachLabelBySeed() throws IOException {
        StringBuilder csv = new StringBuilder("text,label\n");
        for (int i = 0; i < 1000; i++) {
            csv.append("text ").append(i).append(i % 4 == 0 ? ",rare\n" : ",common\n");
        }
        Path file = write("all.csv", csv.toString());
        Dataset dataset = Dataset.load(file, 7);
        assertEquals(List.of(800, 100, 100), List.of(dataset.train().size(), dataset.validation().size(), dataset.test().size()));
        for (List<LabeledText> split : List.of(dataset.train(), dataset.validation(), dataset.test())) {
            assertEquals(split.size() / 4, split.stream().filter(text -> text.label() == 1).count());
        }
        Set<String> distinct = new HashSet<>();
        Stream.of(dataset.train(), dataset.validation(), dataset.test()).flatMap(List::stream).forEach(text -> distinct.add(text.text()));
        assertEquals(1000, distinct.size());
        assertEquals(dataset, Dataset.load(file, 7));
        assertNotEquals(dataset.test(), Dataset.load(file, 8).test());
    }

    @Test
    void tooFewTextsToSplit() throws IOException {
        Path file = write("all.csv", "text,label\na,0\nb,0\nc,0\nd,1\ne,1\n");
        assertRefused(() -> Dataset.load(file, 0), file + ": the label '1' has too few texts (2)");
    }

    @Test
    void labelsOfAModel() throws IOException {
        Path file = write("all.csv", "text,label\na,bad\nb,good\nc,good\n");
        assertEquals(List.of(1, 0, 0), Dataset.readFile(file, List.of("good", "bad")).stream().map(LabeledText::label).toList());
        assertRefused(() -> Dataset.readFile(file, List.of("good", "ugly")), file + ", line 2: the label 'bad' is unknown; the labels are good, ugly");
        assertRefused(() -> Dataset.readFile(write("n.csv", "text,label\na,2\n"), List.of("1", "3", "5")), "the label '2' is unknown");
    }

    @Test
    void aNameIsNoIndexWhereTheOrderIsNobodys() throws IOException {
        write("train.csv", "text,label\na,weather\nb,food\n");
        Path validation = write("val.csv", "text,label\na,0\nb,1\n");
        assertRefused(() -> Dataset.load(folder, 0), validation + ", line 2: the label '0' is unknown; the labels are food, weather");
        write("val.csv", "text,label\na,Weather \nb,FOOD\n");
        assertEquals(List.of(1, 0), Dataset.load(folder, 0).validation().stream().map(LabeledText::label).toList());
    }

    @Test
    void aSplitOfFewTextsSaysWhatItIs() throws IOException {
        StringBuilder csv = new StringBuilder("text,label\n");
        for (int i = 0; i < 60; i++) {
            csv.append("text ").append(i).append(",class").append(i % 15).append('\n');
        }
        Path file = write("few.csv", csv.toString());
        List<String> notes = new ArrayList<>();
        Dataset dataset = Dataset.load(file, 7, DataColumns.DEFAULT, notes::add);
        assertEquals(List.of(30, 15, 15), List.of(dataset.train().size(), dataset.validation().size(), dataset.test().size()));
        assertEquals(List.of(file + " is split into 30 texts for training, 15 for validation and 15 for test, not 80/10/10: "
                + "each label has at least one text in each part."), notes);
    }

    @Test
    void renumberedForAModel() {
        List<LabeledText> texts = List.of(new LabeledText("a", 0), new LabeledText("b", 1));
        Dataset dataset = new Dataset("data", List.of("bad", "good"), texts, texts, List.of());
        Dataset renumbered = dataset.withLabels(List.of("good", "fair", "bad"));
        assertEquals(List.of(new LabeledText("a", 2), new LabeledText("b", 0)), renumbered.train());
        assertEquals(List.of("good", "fair", "bad"), renumbered.labelNames());
        assertRefused(() -> dataset.withLabels(List.of("good", "ugly")), "data: the label 'bad' is unknown; the labels are good, ugly");
        assertEquals(List.of(0, 1), new Dataset("data", List.of("0", "1"), texts, texts, texts).withLabels(List.of("calm", "angry")).test()
                .stream().map(LabeledText::label).toList());
    }
}
