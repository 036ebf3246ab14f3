// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.TaskKind;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The files in the resources were written by pyarrow. */
class ParquetFileTest {
    @TempDir
    Path temp;

    private static Path file(String name) {
        try {
            return Path.of(ParquetFileTest.class.getResource("/parquet/" + name + ".parquet").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Dataset find(Path path, TaskKind task, List<String> notes) {
        return Dataset.find(path, 1, DataColumns.DEFAULT, task, notes::add).dataset();
    }

    private Path folder(String name, String train, String validation, String test) throws IOException {
        Path folder = Files.createDirectories(temp.resolve(name));
        Files.copy(file(train), folder.resolve("train.parquet"));
        Files.copy(file(validation), folder.resolve("validation.parquet"));
        Files.copy(file(test), folder.resolve("test.parquet"));
        return folder;
    }

    @Test
    void classesHaveTheNamesThatTheFileGivesTheirNumbers() {
        List<String> notes = new ArrayList<>();
        Dataset dataset = find(file("classes"), TaskKind.AUTO, notes);
        assertEquals(List.of("neg", "pos"), dataset.labelNames());
        assertEquals(12, dataset.train().size() + dataset.validation().size() + dataset.test().size());
        List<LabeledText> rows = Dataset.readFile(file("classes"), List.of("neg", "pos"));
        for (int i = 0; i < 12; i++) {
            assertEquals("text number " + i + " é", rows.get(i).text());
            assertEquals(i % 2, rows.get(i).label());
        }
        assertTrue(notes.contains("Not used of " + file("classes") + ": the column idx."), notes.toString());
    }

    @Test
    void listsAreWordsWithTags() throws IOException {
        List<String> notes = new ArrayList<>();
        Dataset dataset = find(folder("tags", "tags", "tags", "tags"), TaskKind.AUTO, notes);
        assertEquals(TaskKind.TOKENS, dataset.task());
        assertEquals(List.of("B-LOC", "I-LOC", "O"), dataset.labelNames());
        assertEquals(LabeledText.ofWords(List.of("in", "New", "York"), new Target.Tags(List.of(2, 0, 1))), dataset.test().getFirst());
        assertEquals(List.of("in New York", "Paris", "no place"), Dataset.readTexts(file("tags"), DataColumns.DEFAULT, notes::add));
    }

    @Test
    void numbersAreScoresAndListsAreLabels() throws IOException {
        List<String> notes = new ArrayList<>();
        Dataset scores = find(folder("scores", "scores", "scores", "scores"), TaskKind.REGRESSION, notes);
        assertTrue(scores.isOfPairs());
        assertEquals(List.of(new Target.Score(3.7), new Target.Score(0.25), new Target.Score(1.5)), scores.train().stream().map(LabeledText::target).toList());
        assertEquals("three", scores.train().getLast().pair());
        Dataset lists = find(folder("lists", "lists", "lists", "lists"), TaskKind.MULTILABEL, notes);
        assertEquals(List.of("fear", "joy"), lists.labelNames());
        assertEquals(List.of(new Target.Labels(List.of(0, 1)), new Target.Labels(List.of()), new Target.Labels(List.of(1))),
                lists.train().stream().map(LabeledText::target).toList());
    }

    @Test
    void bytesThatAreTextAreRead() {
        assertEquals(List.of("plain bytes", "others"), Dataset.readTexts(file("binary"), DataColumns.DEFAULT, note -> {}));
    }

    @Test
    void aSplitMayBeInParts() throws IOException {
        Path folder = folder("parts", "classes", "classes", "classes");
        Files.move(folder.resolve("train.parquet"), folder.resolve("train-00000-of-00002.parquet"));
        assertRefused(() -> Dataset.load(folder, 1), "train-00001-of-00002.parquet is missing, part 2 of 2");
        Files.copy(file("classes"), folder.resolve("train-00001-of-00002.parquet"));
        Path many = Files.createDirectory(temp.resolve("many"));
        Files.createDirectory(many.resolve("test.parquet"));
        assertEquals(24, Dataset.load(folder, 1).train().size());
        Files.copy(file("classes"), many.resolve("train.parquet"));
        Files.copy(file("classes"), many.resolve("validation.parquet"));
        assertRefused(() -> Dataset.load(many, 1), "is a folder without .parquet files");
        Files.copy(file("classes"), many.resolve("test.parquet/0000.parquet"));
        Files.copy(file("classes"), many.resolve("test.parquet/0001.parquet"));
        assertEquals(24, Dataset.load(many, 1).test().size());
    }

    /** As the hub converts data sets: a folder a split. */
    private Path converted(String name, String... splits) throws IOException {
        for (String split : splits) {
            Path folder = Files.createDirectories(temp.resolve(name).resolve(split.replaceFirst("=.*", "")));
            Files.copy(file(split.replaceFirst(".*=", "")), folder.resolve("0000.parquet"));
            Files.copy(file(split.replaceFirst(".*=", "")), folder.resolve("0001.parquet"));
        }
        return temp.resolve(name);
    }

    private static String sizes(Dataset dataset) {
        return dataset.train().size() + " " + dataset.validation().size() + " " + dataset.test().size();
    }

    @Test
    void aFolderThatSparkWroteIsOneTable() throws IOException {
        Path folder = Files.createDirectories(temp.resolve("spark/texts"));
        for (String part : List.of("part-00000-0f3c-c000.snappy.parquet", "part-00001-0f3c-c000.snappy.parquet")) {
            Files.copy(file("classes"), folder.resolve(part));
            Files.createFile(folder.resolve("." + part + ".crc"));
        }
        Files.createFile(folder.resolve("_SUCCESS"));
        Dataset dataset = find(folder, TaskKind.AUTO, new ArrayList<>());
        assertEquals(24, dataset.train().size() + dataset.validation().size() + dataset.test().size());
        assertEquals(24, Dataset.readFile(folder, List.of("neg", "pos")).size());
        for (String split : List.of("train", "validation", "test")) {
            Files.createDirectories(temp.resolve("splits/" + split));
            Files.copy(file("classes"), temp.resolve("splits/" + split + "/part-00000-0f3c-c000.snappy.parquet"));
        }
        assertEquals("12 12 12", sizes(find(temp.resolve("splits"), TaskKind.AUTO, new ArrayList<>())));
        Files.createDirectory(folder.resolve("_temporary"));
        assertRefused(() -> Dataset.load(folder, 1), folder + " is not complete: the job of Spark that writes it is still at work, or has failed");
    }

    @Test
    void aSetOfTheHubNeedsTwoSplitsWithLabels() throws IOException {
        List<String> notes = new ArrayList<>();
        assertEquals("24 24 24", sizes(find(converted("three", "train=classes", "validation=classes", "test=classes"), TaskKind.AUTO, notes)));
        Dataset two = find(converted("two", "train=classes", "test=classes"), TaskKind.AUTO, notes);
        assertEquals("22 2 24", sizes(two));
        assertEquals(List.of(0, 1), two.validation().stream().map(LabeledText::label).sorted().toList());
        assertTrue(notes.stream().anyMatch(note -> note.endsWith(
                "two has two splits with labels: 2 of its training texts are held out for validation, and its test texts are those of the test.")),
                notes.toString());
        assertEquals(two, find(temp.resolve("two"), TaskKind.AUTO, notes));
        notes.clear();
        assertEquals("22 2 24", sizes(find(converted("hidden", "train=classes", "validation=classes", "test=unlabelled"), TaskKind.AUTO, notes)));
        assertTrue(notes.stream().anyMatch(note -> note.endsWith("hidden have no labels and are left out.")), notes.toString());
        assertRefused(() -> find(converted("alone", "train=classes"), TaskKind.AUTO, notes), "has no validation file");
    }

    @Test
    void oneSentenceForWhatIsWrong() throws IOException {
        assertRefused(() -> Dataset.load(file("missing"), 1), "row 2: no 'text' (a string), but null");
        assertRefused(() -> Dataset.load(file("outside"), 1), "row 2: 'label' is 5, but the file names 2 classes, from 0 to 1");
        assertRefused(() -> Dataset.load(file("lz4"), 1), "is compressed with LZ4", "write it again with snappy, zstd, gzip or none.");
        assertRefused(() -> Dataset.load(Files.writeString(temp.resolve("a.parquet"), "text,label\n"), 1), "a.parquet is no Parquet file");
        assertRefused(() -> Dataset.load(Files.writeString(temp.resolve("b.parquet"), "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n"), 1),
                "b.parquet");
        assertRefused(() -> Dataset.load(temp.resolve("gone.parquet"), 1), "gone.parquet");
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aDamagedFileIsReadOrRefused() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        int refused = 0;
        for (String name : List.of("classes", "tags", "scores")) {
            byte[] whole = Files.readAllBytes(file(name));
            for (int n = 0; n < 60; n++) {
                byte[] damaged = n % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
                for (int flips = n % 3; flips > 0 && damaged.length > 0; flips--) {
                    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
                }
                Path file = Files.write(temp.resolve("damaged.parquet"), damaged);
                try {
                    ParquetFile.read(file, row -> true, Duration.ofSeconds(2));
                } catch (UserException e) {
                    refused++;
                    String message = e.getMessage();
                    assertTrue(message.contains("damaged.parquet") && message.endsWith(".") && message.lines().count() == 1, message);
                }
            }
        }
        assertTrue(refused > 60, "only " + refused);
    }
}
