// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.train.Toy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run from training through scoring and predicting to being resumed and overwritten. */
class RunLifeTest {
    private static final List<String> FILES = List.of("README.md", "config.json", "curves.png", "last/config.json", "last/model.safetensors",
            "last/tokenizer.json",
            "last/tokenizer_config.json", "last/training_data.safetensors", "last/training_state.json", "last/training_state.safetensors", "last/vocab.txt",
            "metrics.csv", "model.safetensors", "run.yaml", "tokenizer.json", "tokenizer_config.json", "training_data.safetensors", "vocab.txt");
    private static final List<String> TEXTS = List.of("the rain and more snow", "a cake we bread", "today storm", "some soup and rice and cheese");
    private static final List<String> LABELS = List.of("weather", "food", "weather", "food");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private static Path shared;
    private static Path data;
    private static Path run;
    private static Cli trained;

    @TempDir
    private Path temp;

    /** On a machine without fonts, a run says so once and has no curves. */
    private static List<String> expectedFiles() {
        boolean drawn = !trained.err().contains("could not be drawn");
        return FILES.stream().filter(file -> drawn || !file.equals("curves.png")).toList();
    }

    @BeforeAll
    static void train() {
        data = Toy.data(shared);
        run = shared.resolve("run");
        trained = Cli.run("train", "--data", data, "--output", run, "--epochs", 6, "--batch", 8, "--length", 16, "--lr", "1e-3").done();
    }

    private Path copy() throws IOException {
        Path copy = temp.resolve("copy");
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(run.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
        return copy;
    }

    private static List<JsonNode> jsonLines(String out) throws IOException {
        List<JsonNode> nodes = new ArrayList<>();
        for (String line : out.lines().toList()) {
            nodes.add(MAPPER.readTree(line));
        }
        return nodes;
    }

    @Test
    void aRunLeavesItsFilesAndSaysWhatToTypeNext() throws IOException {
        assertEquals(expectedFiles(), Runs.files(run));
        assertTrue(trained.out().contains("./mixed predict --model " + run) && trained.out().contains("./mixed eval --model " + run + " --data " + data),
                trained.out());
        assertTrue(
                trained.out().startsWith("tiny (2 layers, hidden size 128, 2 heads), ")
                        && trained.out().contains("40 train, 12 validation, 12 test texts, 2 classes"),
                trained.out());
        assertTrue(trained.err().contains("a WordPiece vocabulary of") && trained.err().contains("epoch 6/6  step 5/5  loss "), trained.err());
        assertEquals(6, trained.out().lines().filter(line -> line.matches(" +[1-6] +\\d+ .*")).count(), trained.out());
        if (expectedFiles().contains("curves.png")) {
            assertTrue(ImageIO.read(run.resolve("curves.png").toFile()).getWidth() > 500);
        }
        assertTrue(Files.readString(run.resolve("run.yaml")).contains("\nepochs: 6\n"));
    }

    @Test
    void theConfigurationOfARunGivesTheSameRun() throws IOException {
        Path again = temp.resolve("again");
        Cli.run("train", "--config", run.resolve("run.yaml"), "--output", again).done();
        Runs.assertSame(run, again);
    }

    @Test
    void predictsSensibly() throws IOException {
        Cli text = Cli.run(args("predict", "--model", run)).done();
        List<String> lines = text.out().lines().toList();
        List<JsonNode> nodes = jsonLines(Cli.run(args("predict", "--model", run, "--format", "json")).done().out());
        assertEquals(TEXTS.size(), nodes.size());
        for (int i = 0; i < nodes.size(); i++) {
            JsonNode node = nodes.get(i);
            double probability = node.get("probability").asDouble();
            assertEquals(TEXTS.get(i), node.get("text").asText());
            assertEquals(LABELS.get(i), node.get("label").asText());
            assertTrue(probability > 0.5 && probability <= 1, node.toString());
            assertEquals(probability, node.get("probabilities").get(LABELS.get(i)).asDouble());
            assertEquals(1, node.get("probabilities").get("weather").asDouble() + node.get("probabilities").get("food").asDouble(), 1e-12);
            assertEquals(LABELS.get(i) + "\t" + String.format(Locale.ROOT, "%.4f", probability) + "\t" + TEXTS.get(i), lines.get(i));
        }
    }

    private static Object[] args(Object... first) {
        List<Object> args = new ArrayList<>(Arrays.asList(first));
        args.addAll(TEXTS);
        return args.toArray();
    }

    @Test
    void argumentsFileAndStandardInputAgree() throws IOException {
        Path file = Files.write(temp.resolve("texts.txt"), TEXTS);
        byte[] windows = (String.join("\r\n", TEXTS) + "\r\n").getBytes(StandardCharsets.UTF_8);
        for (String format : List.of("text", "json")) {
            String expected = Cli.run(args("predict", "--model", run, "--format", format)).done().out();
            assertEquals(expected, Cli.run("predict", "--model", run, "--format", format, "--file", file).done().out());
            assertEquals(expected, Cli.runWithInput(Files.readAllBytes(file), "predict", "--model", run, "--format", format).done().out());
            assertEquals(expected, Cli.runWithInput(windows, "predict", "--model", run, "--format", format).done().out());
            assertEquals(expected.lines().toList(), TEXTS.stream().map(text -> Cli.run("predict", "--model", run, "--format", format, "--batch", 1, text)
                    .done().out().strip()).toList());
        }
    }

    @Test
    void evaluationAgreesWithTheRunAndItself() throws IOException {
        List<String> rows = Runs.metrics(run);
        String[] test = rows.getLast().split(",", -1);
        assertEquals("test", test[2]);
        JsonNode json = MAPPER.readTree(Cli.run("eval", "--model", run, "--data", data, "--format", "json").done().out());
        assertEquals(12, json.get("texts").asInt());
        assertEquals(Double.parseDouble(test[3]), json.get("loss").asDouble(), 1e-9);
        assertEquals(Double.parseDouble(test[5]), json.get("accuracy").asDouble());
        assertEquals(Double.parseDouble(test[6]), json.get("macro_f1").asDouble());
        assertTrue(json.get("accuracy").asDouble() > 0.8, json.toString());
        assertEquals(6, json.get("confusion").get(0).get(0).asInt() + json.get("confusion").get(0).get(1).asInt());
        assertEquals(6, json.get("classes").get("food").get("support").asInt());

        String text = Cli.run("eval", "--model", run, "--data", data).done().out();
        assertTrue(text.contains(String.format(Locale.ROOT, "%.4f", json.get("loss").asDouble())) && text.contains("weather") && text.contains("food"), text);

        Path csv = temp.resolve("test.csv");
        List<String> lines = new ArrayList<>(List.of("text,label"));
        List<String> texts = Files.readAllLines(data.resolve("test_text.txt"));
        List<String> labels = Files.readAllLines(data.resolve("test_labels.txt"));
        for (int i = 0; i < texts.size(); i++) {
            lines.add(texts.get(i) + "," + (labels.get(i).equals("0") ? "weather" : "food"));
        }
        Files.write(csv, lines);
        assertEquals(json, MAPPER.readTree(Cli.run("eval", "--model", run, "--data", csv, "--format", "json").done().out()));
        JsonNode train = MAPPER.readTree(Cli.run("eval", "--model", run, "--data", data, "--split", "train", "--format", "json").done().out());
        assertEquals(Toy.TRAIN, train.get("texts").asInt());
    }

    @Test
    void longTextsAreCutWithANotice() throws IOException {
        Path longData = Toy.data(temp);
        Path texts = longData.resolve("train_text.txt");
        Files.writeString(texts, Files.readString(texts).replaceFirst("\n", " and".repeat(30) + "\n"));
        Cli run = Cli.run("train", "--data", longData, "--output", temp.resolve("out"), "--model", Toy.model(temp, List.of("weather", "food")), "--epochs", 1,
                "--batch", 16, "--length", 16).done();
        assertTrue(run.err().contains("1 of 40 texts are longer than 16 tokens and were cut; a larger --length keeps more of them."), run.err());
        Cli eval = Cli.run("eval", "--model", temp.resolve("out"), "--data", longData, "--split", "train").done();
        assertTrue(eval.err().contains("1 of 40 texts are longer than 16 tokens"), eval.err());
        Cli predict = Cli.run("predict", "--model", temp.resolve("out"), "rain", "snow" + " and".repeat(30)).done();
        assertTrue(predict.err().contains("1 of 2 texts are longer than 16 tokens and were cut"), predict.err());
        assertEquals("", Cli.run("predict", "--model", temp.resolve("out"), "rain").done().err());
    }

    @Test
    void aFinishedRunIsNotTrainedOnWithoutSayingSo() throws IOException {
        Path copy = copy();
        Cli.run("train", "--data", data, "--output", copy).refused(1, copy.toString(), "already holds a run", "--resume", "--overwrite");
        Cli.run("train", "--output", copy, "--resume", "--lr", "2e-3").refused(2, copy.toString(), "lr: 0.001 there, 0.002 here", "leave them out", "--model");
        Cli.run("train", "--output", copy, "--resume", "--preset", "mini").refused(2, "preset: tiny there, mini here");
        Runs.assertSame(run, copy);
    }

    @Test
    void aRunWithoutItsLastCheckpointIsNotTrainedOver() throws IOException {
        Path copy = copy();
        deleteAll(copy.resolve("last"));
        List<String> files = Runs.files(copy);
        Cli.run("train", "--output", copy, "--resume").refused(1, copy.toString(), "no checkpoint in '" + copy.resolve("last"), "restore that folder",
                "--overwrite");
        assertEquals(files, Runs.files(copy));
        assertEquals(Runs.metrics(run), Runs.metrics(copy));

        // Killed between the first saves of best and last, a run repeats its only epoch.
        Path metrics = copy.resolve("metrics.csv");
        Files.write(metrics, Files.readAllLines(metrics).stream().filter(line -> line.matches("step,.*|5,1\\.0,validation,.*")).toList());
        assertEquals(2, Files.readAllLines(metrics).size());
        Cli.run("train", "--output", copy, "--resume").done();
        Runs.assertSame(run, copy);
    }

    @Test
    void aResumedRunOpensAndAnOverwrittenOneIsNew() throws IOException {
        Path copy = copy();
        Cli resumed = Cli.run("train", "--output", copy, "--resume").done();
        assertTrue(resumed.out().contains("resumed after step 30 of 30"), resumed.out());
        Runs.assertSame(run, copy);
        assertEquals(Cli.run(args("predict", "--model", run)).done().out(), Cli.run(args("predict", "--model", copy)).done().out());

        Path mine = Files.writeString(copy.resolve("notes.txt"), "mine");
        byte[] old = Files.readAllBytes(copy.resolve("model.safetensors"));
        Cli.run("train", "--data", data, "--output", copy, "--overwrite", "--epochs", 1, "--batch", 16, "--length", 16, "--seed", 7).done();
        List<String> files = new ArrayList<>(expectedFiles());
        files.add("notes.txt");
        assertEquals(files.stream().sorted().toList(), Runs.files(copy));
        assertEquals("mine", Files.readString(mine));
        assertFalse(Arrays.equals(old, Files.readAllBytes(copy.resolve("model.safetensors"))));
        assertEquals(List.of("split", "train", "validation", "test"), Runs.metrics(copy).stream().map(line -> line.split(",")[2]).toList());
    }

    @Test
    void resumingWithOtherDataIsRefused() throws IOException {
        Path copy = copy();
        Path own = Toy.data(temp);
        Files.writeString(copy.resolve("run.yaml"), Files.readString(copy.resolve("run.yaml")).replace(data.toString(), own.toString()));
        byte[] before = Files.readAllBytes(copy.resolve("last/model.safetensors"));
        Files.writeString(own.resolve("mapping.txt"), "0\tclimate\n1\tfood\n");
        Cli.run("train", "--output", copy, "--resume").refused(1, copy.toString(), "[weather, food]", "[climate, food]", "resume it with the data");
        Files.delete(own.resolve("mapping.txt"));
        Files.writeString(own.resolve("mapping.txt"), "0\tweather\n1\tfood\n");
        for (String part : List.of("text", "labels")) {
            Path file = own.resolve("train_" + part + ".txt");
            Files.write(file, Files.readAllLines(file).subList(0, 20));
        }
        Cli.run("train", "--output", copy, "--resume").refused(1, copy.toString(), "resume with the training texts");
        assertArrayEquals(before, Files.readAllBytes(copy.resolve("last/model.safetensors")));
    }

    @Test
    void aRunFromAModelIsResumedWithoutThatModel() throws IOException {
        Path model = Toy.model(temp, List.of("x", "y"));
        Path output = temp.resolve("tuned");
        Cli first = Cli.run("train", "--data", data, "--output", output, "--model", model, "--epochs", 2, "--batch", 16, "--length", 16).done();
        assertTrue(first.err().contains("The classifier starts from random weights"), first.err());
        byte[] weights = Files.readAllBytes(output.resolve("last/model.safetensors"));
        Files.move(model, temp.resolve("elsewhere"));
        Cli.run("train", "--output", output, "--resume").done();
        assertArrayEquals(weights, Files.readAllBytes(output.resolve("last/model.safetensors")));
    }

    @Test
    void trainingGoesOnFromARunAsItsModel() throws IOException {
        Path output = temp.resolve("next");
        Cli next = Cli.run("train", "--data", data, "--output", output, "--model", run, "--preset", "tiny", "--epochs", 1, "--batch", 16, "--length", 16)
                .done();
        assertFalse(next.err().contains("starts from random weights"), next.err());
        assertTrue(Files.readString(output.resolve("run.yaml")).contains("\nlr: 0.00002"));
        assertNotEquals(Runs.metrics(run), Runs.metrics(output));
        String first = next.out().lines().filter(line -> line.matches(" +1 +3 .*")).findFirst().orElseThrow();
        assertTrue(Double.parseDouble(first.strip().split(" +")[2]) < 0.5, "the classifier was not loaded: " + first);
    }

    @Test
    void aModelWhoseSaveWasKilledBeforeTheLastMoveOpens() throws IOException {
        String expected = Cli.run(args("predict", "--model", run)).done().out();
        for (List<String> notMoved : List.of(List.of("tokenizer.json", "tokenizer_config.json", "vocab.txt"),
                List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"))) {
            Path copy = copy();
            Path commit = Files.createDirectory(copy.resolve(".checkpoint.commit"));
            for (String file : notMoved) {
                Files.move(copy.resolve(file), commit.resolve(file));
            }
            assertEquals(expected, Cli.run(args("predict", "--model", copy)).done().out());
            Cli.run("train", "--output", copy, "--resume").done();
            Runs.assertSame(run, copy);
            deleteAll(copy);
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void aVocabularyMayHaveItsPaddingAnywhere() throws IOException {
        Path vocab = Files.write(temp.resolve("vocab.txt"), List.of("rain", "[UNK]", "[CLS]", "[PAD]", "[SEP]", "cake", "snow", "soup"));
        Path output = temp.resolve("out");
        Cli.run("train", "--data", data, "--output", output, "--vocab", vocab, "--epochs", 1, "--batch", 16, "--length", 16).done();
        assertEquals(3, MAPPER.readTree(output.resolve("config.json").toFile()).get("pad_token_id").asInt());
        Cli.run("predict", "--model", output, "rain", "rain and snow and soup").done();
    }

    @Test
    void benchPrintsTokensPerSecond() throws IOException {
        Object[] args = {"bench", "--device", "jvm", "--batch", 2, "--length", 8, "--steps", 2, "--warmup-steps", 1, "--vocab-size", 50, "--profile"};
        String text = Cli.run(args).done().out();
        assertTrue(text.contains("tokens/s") && text.lines().anyMatch(l -> l.matches("matmul\\.f32 +\\d+ +\\d+\\.\\d{3} +\\d+\\.\\d %")), text);
        Object[] json = Arrays.copyOf(args, args.length + 2);
        json[args.length] = "--format";
        json[args.length + 1] = "json";
        JsonNode node = MAPPER.readTree(Cli.run(json).done().out());
        assertTrue(node.get("training").get("tokens_per_second").asDouble() > 0 && node.get("inference").get("median_ms").asDouble() > 0);
        assertEquals("jvm", node.get("device").asText());
        assertEquals("fp32", node.get("precision").asText());
        List<String> kernels = node.get("kernels").findValuesAsText("kernel");
        assertTrue(kernels.contains("matmul.f32") && kernels.contains("adamw.f32"), kernels.toString());
    }

    @Test
    void everyCommandHasHelp() {
        for (String command : List.of("train", "eval", "predict", "bench")) {
            Cli help = Cli.run(command, "--help").done();
            assertTrue(help.out().contains("Usage: mixed " + command) && help.out().contains("--device"), help.out());
        }
        assertTrue(Cli.run("--help").done().out().contains("predict"));
    }
}
