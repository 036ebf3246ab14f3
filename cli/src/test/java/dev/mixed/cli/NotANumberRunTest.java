// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelState;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.Toy;
import dev.mixed.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NaN and infinities on the command line: a sentence and an exit code, never a class, a score or a saved model. */
class NotANumberRunTest {
    private static final List<String> LABELS = List.of("weather", "food");
    private static final Path HALF_OVERFLOW = Path.of("src", "test", "resources", "half-overflow");
    private static final List<String> TEXTS = List.of("the movie is great", "what a lovely day!", "get lost", "i hate this awful food, so bad");

    @TempDir
    private Path temp;

    /** A saved model in which one word overflows. */
    private Path model(String word, float size) {
        Path folder = temp.resolve("model-" + size);
        try (Device device = JvmDevice.open(1); BertTokenizer tokenizer = Toy.tokenizer()) {
            BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(LABELS), device, 7);
            Toy.overflowingWord(model, tokenizer, word, size);
            ModelFolder.save(folder, ModelState.contents(model, TokenizerFiles.of(tokenizer, Toy.config(LABELS))));
        }
        return folder;
    }

    /** Activations of a model from transformers that leave half's range; its own numbers in float are those of torch. */
    @Test
    void activationsThatOverflowInHalf() throws IOException {
        List<Object> args = new ArrayList<>(List.of("predict", "--device", "jvm", "--format", "json", "--model", HALF_OVERFLOW));
        args.addAll(TEXTS);
        double[][] expected = {{0.11086, 0.74463, 0.14452}, {0.11321, 0.74784, 0.13896}, {0.20314, 0.56786, 0.22901}, {0.19061, 0.58665, 0.22274}};
        List<String> lines = Cli.run(args.toArray()).done().out().lines().toList();
        for (int i = 0; i < expected.length; i++) {
            JsonNode probabilities = new ObjectMapper().readTree(lines.get(i)).get("probabilities");
            for (int c = 0; c < 3; c++) {
                assertEquals(expected[i][c], probabilities.get("LABEL_" + c).asDouble(), 1e-4);
            }
        }
        args.add("--amp");
        Cli.run(args.toArray()).refused(1, "text 1 ('the movie is great')", "NaN", "in half precision its activations overflow: use --fp32");
        Path csv = Files.writeString(temp.resolve("test.csv"), "text,label\nthe movie is great,1\nget lost,0\nwhat a lovely day,2\nbad food,0\n");
        for (String format : List.of("text", "json")) {
            Cli.run("eval", "--device", "jvm", "--amp", "--format", format, "--model", HALF_OVERFLOW, "--data", csv).refused(1, csv.toString(),
                    "text 1 of those scored ('the movie is great')", "use --fp32");
        }
        assertFalse(Cli.run("eval", "--device", "jvm", "--format", "json", "--model", HALF_OVERFLOW, "--data", csv).done().out().contains("NaN"));
    }

    @Test
    void theFirstSuchTextIsNamedWhereverItStands() throws IOException {
        Path half = model("storm", 1e5f);
        Path both = model("storm", 3e38f);
        byte[] lines = "the rain\nsome bread and more cheese today\na storm\nstorm\n".getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(temp.resolve("texts.txt"), lines);
        Cli.run("predict", "--amp", "--model", half, "--file", file).refused(1, "'" + file + "', line 3 ('a storm')", "--fp32");
        Cli.runWithInput(lines, "predict", "--amp", "--model", half).refused(1, "standard input, line 3 ('a storm')");
        Cli.run("predict", "--amp", "--model", half, "rain", "storm").refused(1, "text 2 ('storm')");
        assertEquals(4, Cli.run("predict", "--model", half, "--file", file).done().out().lines().count());
        assertEquals(2, Cli.run("predict", "--amp", "--model", half, "rain", "bread").done().out().lines().count());
        Cli inFloat = Cli.run("predict", "--model", both, "--file", file, "--format", "json");
        inFloat.refused(1, "line 3 ('a storm')", "overflows in float", "use another model");
        assertFalse(inFloat.err().contains("--fp32"), inFloat.err());
        Path csv = Files.writeString(temp.resolve("test.csv"), "text,label\nthe rain,weather\nsome bread,food\n\"a\nstorm\",weather\n");
        Cli.run("eval", "--model", both, "--data", csv).refused(1, csv.toString(), "text 3 of those scored ('a?storm')");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void aFileWithSuchWeightsIsRefusedByTheTensorsName(float value) throws IOException {
        Path model = Toy.model(temp, LABELS);
        Path file = model.resolve("model.safetensors");
        setFirst(file, "bert.encoder.layer.0.output.dense.bias", value);
        String[] parts = {file.toString(), "'bert.encoder.layer.0.output.dense.bias' whose element 0 is " + value};
        Cli.run("predict", "--model", model, "rain").refused(1, parts);
        Path data = Toy.data(temp);
        Cli.run("eval", "--model", model, "--data", data).refused(1, parts);
        Path output = temp.resolve("out");
        Cli.run("train", "--model", model, "--data", data, "--output", output, "--length", 16).refused(1, parts);
        assertFalse(Files.exists(output));
    }

    private static void setFirst(Path file, String tensor, float value) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        JsonNode header = new ObjectMapper().readTree(bytes, 8, (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0));
        int data = 8 + (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(data + header.get(tensor).get("data_offsets").get(0).asInt(), value);
        Files.write(file, bytes);
    }

    /** Texts to train on with the word that overflows, in 6 batches of 2; those to validate and test on without it. */
    private Path stormyData() throws IOException {
        Path data = Files.createDirectories(temp.resolve("stormy"));
        for (Map.Entry<String, String> split : Map.of("train", "a storm", "validation", "some rain", "test", "the snow").entrySet()) {
            Files.writeString(data.resolve(split.getKey() + ".csv"),
                    "text,label\n" + (split.getValue() + ",weather\n" + split.getValue() + " and bread,food\n").repeat(6));
        }
        return data;
    }

    @Test
    void aRunThatDivergesInFloatEndsAtOnce() throws IOException {
        Path output = temp.resolve("out");
        Cli run = Cli.run("train", "--model", model("storm", 3e38f), "--data", stormyData(), "--output", output, "--length", 16, "--batch", 2);
        assertEquals(1, run.code());
        String last = run.err().lines().toList().getLast();
        assertTrue(last.startsWith("mixed: The loss became NaN in step 1: start a new run with a lower --lr") && last.endsWith("."), run.err());
        assertEquals(List.of("metrics.csv", "run.yaml"), Runs.files(output));
        assertFalse(Files.readString(output.resolve("metrics.csv")).contains("NaN"));
    }

    @Test
    void aRunThatTrainedNothingFails() throws IOException {
        Path output = temp.resolve("out");
        Cli run = Cli.run("train", "--amp", "--model", model("storm", 1e5f), "--data", stormyData(), "--output", output, "--length", 16, "--batch", 2,
                "--epochs",
                2, "--log-every", 3);
        assertEquals(1, run.code());
        String last = run.err().lines().toList().getLast();
        assertTrue(last.startsWith("mixed: All 12 steps of the run were skipped for an overflow in half (the loss scale is now 16)"), run.err());
        assertTrue(run.out().contains("skipped for an overflow in half: step 7 8 9 10 11 12; loss scale now 16"), run.out());
        assertFalse((run.out() + run.err() + Files.readString(output.resolve("metrics.csv"))).contains("NaN"), run.toString());
        assertFalse(run.out().contains("test, with the model"), run.out());
        try (SafetensorsFile saved = SafetensorsFile.open(output.resolve("last/model.safetensors"))) {
            assertTrue(Float.isFinite(saved.floats("classifier.weight")[0]));
        }
        Cli again = Cli.run("train", "--resume", "--output", output);
        assertEquals(1, again.code());
        assertTrue(again.err().contains("All 12 steps"), again.err());
    }
}
