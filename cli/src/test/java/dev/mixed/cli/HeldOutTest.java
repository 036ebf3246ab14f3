// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import dev.mixed.train.checkpoint.CheckpointFolder;
import dev.mixed.train.data.TrainingData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a run held out stays held out, whatever becomes of its file; and a run goes on with its own data alone. */
class HeldOutTest {
    /** Texts with random labels: nothing can be learned of them but themselves, so that a score above chance gives a leak away. */
    private static final int TEXTS = 100;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private static Path temp;
    private static Path model;
    private static Path csv;
    private static Path run;
    private static List<String> rows;

    @BeforeAll
    static void train() throws IOException {
        model = Toy.model(temp, List.of("weather", "food"));
        rows = new ArrayList<>();
        Random random = new Random(5);
        List<String> words = List.of("rain", "sun", "cloud", "storm", "bread", "soup", "cake", "rice", "train", "bus", "ship", "bike");
        for (int i = 0; i < TEXTS; i++) {
            String text = words.get(i % 12) + " " + words.get(i / 12) + " " + words.get(random.nextInt(12)) + " no " + i;
            rows.add(text + "," + (random.nextBoolean() ? "weather" : "food"));
        }
        csv = write("data.csv", rows);
        run = temp.resolve("run");
        start(csv, model, run).done();
    }

    private static Path write(String name, List<String> lines) throws IOException {
        List<String> all = new ArrayList<>(List.of("text,label"));
        all.addAll(lines);
        return Files.write(temp.resolve(name), all);
    }

    private static Cli start(Path data, Path from, Path output, Object... more) {
        List<Object> args = new ArrayList<>(
                List.of("train", "--data", data, "--output", output, "--model", from, "--epochs", 1, "--batch", 16, "--length", 16));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    private static JsonNode eval(Path of, Path data, Object... more) throws IOException {
        List<Object> args = new ArrayList<>(List.of("eval", "--model", of, "--data", data, "--format", "json"));
        args.addAll(List.of(more));
        return MAPPER.readTree(Cli.run(args.toArray()).done().out());
    }

    private static void assertScored(JsonNode json, int heldOut, int unseen, int leftOut) {
        assertEquals(heldOut + unseen, json.get("texts").asInt(), json.toString());
        assertEquals("{\"held_out\":" + heldOut + ",\"also_learned\":0,\"new\":" + unseen + ",\"left_out\":" + leftOut + "}", json.get("scored").toString());
    }

    private static List<String> changed(UnaryOperator<List<String>> change) {
        return change.apply(new ArrayList<>(rows));
    }

    static Stream<Arguments> files() {
        List<String> more = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            more.add("something else " + i + "," + (i % 2 == 0 ? "food" : "weather"));
        }
        return Stream.of(
                Arguments.of("as it was", changed(r -> r), 0),
                Arguments.of("30 rows added", changed(r -> {
                    r.addAll(40, more);
                    return r;
                }), 30),
                Arguments.of("reordered", changed(r -> {
                    Collections.shuffle(r, new Random(1));
                    return r;
                }), 0),
                Arguments.of("reversed, with 10 more", changed(r -> {
                    r.addAll(more.subList(0, 10));
                    return r.reversed();
                }), 10),
                Arguments.of("in capitals and with blanks", changed(r -> r.stream()
                        .map(row -> "  " + row.substring(0, row.indexOf(',')).toUpperCase(Locale.ROOT).replace(" ", "  ") + " "
                                + row.substring(row.indexOf(',')))
                        .toList()), 0),
                Arguments.of("relabelled", changed(r -> r.stream().map(row -> row.replaceAll(",.*", ",food")).toList()), 0));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void whateverBecomesOfTheFileTheSameTextsAreHeldOut(String name, List<String> changed, int unseen) throws IOException {
        Path file = write("changed.csv", changed);
        assertScored(eval(run, file), 10, unseen, TEXTS - 10);
        assertScored(eval(run, file, "--split", "test"), 10, 0, TEXTS - 10);
        assertEquals(90, eval(run, file, "--split", "train").get("texts").asInt() + eval(run, file, "--split", "validation").get("texts").asInt());
        String err = Cli.run("eval", "--model", run.resolve("last"), "--data", file).done().err();
        assertTrue(err.contains("Scored are 10 that training held out, and " + unseen + " that are new to it."), err);
    }

    /** Where training could hold nothing out, because each text stands there twice, eval claims nothing. */
    @Test
    void aTextThatWasLearnedIsNotHeldOutThoughTheRunScoredIt() throws IOException {
        List<String> twice = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            twice.add(i % 2 == 0 ? "snow and rain,weather" : "soup and bread,food");
        }
        Path file = write("twice.csv", twice);
        Path twiceRun = temp.resolve("twice-run");
        Cli.run("train", "--data", file, "--output", twiceRun, "--epochs", 1, "--batch", 8, "--length", 16).done();
        Cli.run("eval", "--model", twiceRun, "--data", file).refused(1, "has learned 40 of the 40 texts", "none is held out");
    }

    @Test
    void rowsThatAreGoneAreNotScored() throws IOException {
        JsonNode half = eval(run, write("half.csv", rows.subList(0, 50)));
        JsonNode rest = eval(run, write("rest.csv", rows.subList(50, TEXTS)));
        assertEquals(10, half.get("texts").asInt() + rest.get("texts").asInt());
        List<String> learned = learned().stream().map(rows::get).toList();
        assertTrue(learned.size() == 80, learned.toString());
        Cli.run("eval", "--model", run, "--data", write("learned.csv", learned)).refused(1, "has learned " + learned.size() + " of the " + learned.size(),
                "none is held out", "--split train");
    }

    @Test
    void newTextsAreNewAndWhatCannotBeToldIsNotClaimed() throws IOException {
        Path other = write("other.csv", List.of("quite new,food", "very new,weather", "all new,food"));
        assertScored(eval(run, other), 0, 3, 0);
        assertTrue(Cli.run("eval", "--model", run, "--data", other).done().err().contains("All 3 texts of '" + other + "' are new to the model."));
        for (Path untold : List.of(model, copyWithoutRecord())) {
            Cli eval = Cli.run("eval", "--model", untold, "--data", other, "--format", "json").done();
            assertTrue(eval.err().contains("can't be told") && eval.err().contains(untold.toString()), eval.err());
            assertFalse(MAPPER.readTree(eval.out()).has("scored"), eval.out());
        }
        Cli changed = Cli.run("eval", "--model", copyWithoutRecord(), "--data", write("data2.csv", rows.reversed())).done();
        assertTrue(changed.err().contains("can't be told"), changed.err());
        Cli same = Cli.run("eval", "--model", copyWithoutRecord(), "--data", csv).done();
        assertTrue(same.err().contains("which training held out"), same.err());
    }

    private static Path copyWithoutRecord() throws IOException {
        Path copy = Files.createTempDirectory(temp, "old");
        copy(copy);
        Files.delete(copy.resolve(TrainingData.FILE));
        Files.delete(copy.resolve("last").resolve(TrainingData.FILE));
        return copy;
    }

    private static void copy(Path to) throws IOException {
        for (String file : Runs.files(run)) {
            Files.createDirectories(to.resolve(file).getParent());
            Files.copy(run.resolve(file), to.resolve(file));
        }
    }

    /** Indices of the rows that the run has learned. */
    private static List<Integer> learned() {
        TrainingData data = CheckpointFolder.trainingData(run).orElseThrow();
        return IntStream.range(0, TEXTS).filter(i -> data.learned(rows.get(i).substring(0, rows.get(i).indexOf(',')))).boxed().toList();
    }

    static Stream<Arguments> otherData() {
        return Stream.of(
                Arguments.of("reordered", changed(r -> {
                    Collections.shuffle(r, new Random(2));
                    return r;
                }), "another order"),
                Arguments.of("two learned rows swapped", changed(r -> {
                    Collections.swap(r, learned().getFirst(), learned().getLast());
                    return r;
                }), "another order"),
                Arguments.of("a row added", changed(r -> {
                    r.add("one more,food");
                    return r;
                }), "1 texts are new and 0 are gone"),
                Arguments.of("a row removed", changed(r -> r.subList(1, TEXTS)), "0 texts are new and 1 are gone"),
                Arguments.of("a text changed", changed(r -> {
                    r.set(7, "changed " + r.get(7));
                    return r;
                }), "1 texts are new and 1 are gone"),
                Arguments.of("a label changed", changed(r -> {
                    r.set(7, r.get(7).endsWith("food") ? r.get(7).replace(",food", ",weather") : r.get(7).replace(",weather", ",food"));
                    return r;
                }), "labels have changed"),
                Arguments.of("a capital letter", changed(r -> {
                    r.set(7, r.get(7).replace(" no ", " No "));
                    return r;
                }), "case"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("otherData")
    void aRunGoesOnWithItsOwnDataAlone(String name, List<String> changed, String reason) throws IOException {
        Path data = write("resumed.csv", rows);
        Path output = Files.createTempDirectory(temp, "resumed").resolve("run");
        Files.createDirectories(output);
        copy(output);
        Files.writeString(output.resolve("run.yaml"), Files.readString(output.resolve("run.yaml")).replace(csv.toString(), data.toString()));
        byte[] before = Files.readAllBytes(output.resolve("last/model.safetensors"));
        List<String> metrics = Runs.metrics(output);
        write("resumed.csv", changed);
        Cli.run("train", "--output", output, "--resume").refused(1, "resumed.csv", output.toString(), reason, "resume with the training texts");
        assertArrayEquals(before, Files.readAllBytes(output.resolve("last/model.safetensors")));
        assertEquals(metrics, Runs.metrics(output));
    }

    @Test
    void aRunWithoutARecordSaysThatItCannotTell() throws IOException {
        Cli resumed = Cli.run("train", "--output", copyWithoutRecord(), "--resume").done();
        assertTrue(resumed.err().contains("without a record of its data") && resumed.err().contains("can't be told"), resumed.err());
    }

    @Test
    void aTextThatIsThereTwiceIsNotScoredWhereItIsLearned() throws IOException {
        List<String> twice = new ArrayList<>(rows);
        twice.addAll(rows.subList(0, 60));
        Path file = write("twice.csv", twice);
        Path output = temp.resolve("twice");
        Cli trained = start(file, model, output).done();
        assertTrue(trained.err().contains("test texts are also among the texts that the model learns or is chosen on: they are left out of the test score."),
                trained.err());
        TrainingData data = CheckpointFolder.trainingData(output).orElseThrow();
        long heldOut = twice.stream().map(row -> row.substring(0, row.indexOf(','))).filter(text -> data.origin(text) == TrainingData.Origin.TEST).count();
        JsonNode json = eval(output, file);
        assertEquals(heldOut, json.get("texts").asInt());
        assertTrue(heldOut > 0 && heldOut < 16, "of 16 that were drawn: " + heldOut);
        String[] test = Runs.metrics(output).getLast().split(",", -1);
        assertEquals(Double.parseDouble(test[3]), json.get("loss").asDouble(), 1e-9, "the run's own score is of these very texts");
        assertTrue(twice.stream().map(row -> row.substring(0, row.indexOf(','))).noneMatch(text -> data.learned(text)
                && data.origin(text) == TrainingData.Origin.TEST));
    }

    @Test
    void whatAModelLearnedBeforeIsNotHeldOutLater() throws IOException {
        Path next = temp.resolve("next");
        Cli trained = start(csv, run, next, "--seed", 99).done();
        assertTrue(trained.err().contains("left out of the test score"), trained.err());
        TrainingData first = CheckpointFolder.trainingData(run).orElseThrow();
        TrainingData second = CheckpointFolder.trainingData(next).orElseThrow();
        int scored = 0;
        for (String row : rows) {
            String text = row.substring(0, row.indexOf(','));
            if (second.origin(text) == TrainingData.Origin.TEST) {
                scored++;
                assertFalse(first.learned(text), text);
            }
        }
        assertScored(eval(next, csv), scored, 0, TEXTS - scored);
        Cli.run("train", "--output", next, "--resume").done();
    }

    @Test
    void aDamagedRecordIsNamed() throws IOException {
        Path copy = Files.createTempDirectory(temp, "damaged");
        copy(copy);
        Path record = copy.resolve(TrainingData.FILE);
        Files.copy(run.resolve("model.safetensors"), record, StandardCopyOption.REPLACE_EXISTING);
        Cli.run("eval", "--model", copy, "--data", csv).refused(1, TrainingData.FILE, "does not say what the model was trained on");
        Files.write(record, new byte[] {1, 2, 3});
        Cli.run("eval", "--model", copy, "--data", csv).refused(1, TrainingData.FILE);
    }
}
