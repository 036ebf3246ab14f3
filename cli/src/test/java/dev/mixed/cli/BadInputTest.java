// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.mixed.train.Toy;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data, vocabularies, models and settings with mistakes: one sentence says which, and nothing is left behind. */
class BadInputTest {
    @TempDir
    private Path temp;
    private Path data;
    private Path output;

    @BeforeEach
    void toy() {
        data = Toy.data(temp);
        output = temp.resolve("out");
    }

    @AfterEach
    void nothingIsHalfWritten() {
        assertFalse(Files.exists(output));
        assertFalse(Files.exists(Path.of("runs")));
    }

    private Path model() {
        return Toy.model(temp, List.of("weather", "food"));
    }

    private Cli train(Object... more) {
        List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--output", output));
        args.addAll(Arrays.asList(more));
        if (!args.contains("--length")) {
            args.addAll(List.of("--length", "16"));
        }
        return Cli.run(args.toArray());
    }

    private static void replaceLine(Path file, int line, String by) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.set(line - 1, by);
        Files.write(file, lines);
    }

    @Test
    void missingData() {
        data = temp.resolve("nowhere");
        train().refused(1, data.toString(), "does not exist", "name a TweetEval folder");
        Cli.run("train", "--data", data).refused(1, data.toString());
        Cli.run("eval", "--model", model(), "--data", data).refused(1, data.toString(), "does not exist");
    }

    @ParameterizedTest
    @ValueSource(strings = {"train_text.txt", "train_labels.txt", "val_text.txt", "test_labels.txt"})
    void missingOrEmptyFile(String name) throws IOException {
        Path file = data.resolve(name);
        Files.write(file, new byte[0]);
        train().refused(1, file.toString(), "is empty", "write its content");
        Files.delete(file);
        train().refused(1, file.toString(), "does not exist", "check the path");
    }

    @Test
    void otherNumberOfLabelsThanTexts() throws IOException {
        Path labels = data.resolve("val_labels.txt");
        Files.write(labels, Files.readAllLines(labels).subList(0, Toy.HELD_OUT - 1));
        train().refused(1, data.resolve("val_text.txt") + " has 12 texts", labels + " has 11 labels", "each text needs its label");
    }

    @Test
    void unknownLabel() throws IOException {
        replaceLine(data.resolve("train_labels.txt"), 5, "7");
        train().refused(1, data.resolve("train_labels.txt") + ", line 5", "'7' is unknown", "weather, food");
        Path csv = temp.resolve("one.csv");
        Files.writeString(csv, "text,label\nsome rain,weather\nsome cake,dessert\n");
        Cli.run("eval", "--model", model(), "--data", csv).refused(1, csv + ", line 3", "'dessert' is unknown", "weather, food");
    }

    @Test
    void emptyText() throws IOException {
        replaceLine(data.resolve("test_text.txt"), 3, "  ");
        train().refused(1, data.resolve("test_text.txt") + ", line 3", "the text is empty", "write one or delete");
    }

    @Test
    void notUtf8() throws IOException {
        Path file = data.resolve("train_text.txt");
        byte[] bytes = Files.readAllBytes(file);
        int secondLine = Files.readString(file).indexOf('\n') + 1;
        bytes[secondLine] = (byte) 0xE9;
        Files.write(file, bytes);
        train().refused(1, file + ", line 2", "0xE9 is not UTF-8", "save the file as UTF-8");
        Path vocab = temp.resolve("vocab.txt");
        Files.write(vocab, new byte[] {'[', 'P', 'A', 'D', ']', '\n', (byte) 0xFF});
        train("--vocab", vocab).refused(1);
        Cli.run("predict", "--model", model(), "--file", file).refused(1, file + ", line 2", "is not UTF-8");
        Cli.runWithInput(new byte[] {'a', (byte) 0xC3}, "predict", "--model", model()).refused(1, "standard input, line 1", "is not UTF-8");
    }

    @Test
    void onlyOneLabel() throws IOException {
        Files.delete(data.resolve("mapping.txt"));
        for (String split : List.of("train", "val", "test")) {
            Path labels = data.resolve(split + "_labels.txt");
            Files.writeString(labels, Files.readString(labels).replace('1', '0'));
        }
        train().refused(1, data.toString(), "only one label", "at least two");
    }

    @Test
    void vocabularyWithoutUnk() throws IOException {
        Path vocab = temp.resolve("vocab.txt");
        Files.write(vocab, List.of("[PAD]", "[CLS]", "[SEP]", "rain"));
        train("--vocab", vocab).refused(1, vocab + " lacks [UNK]", "use the vocab.txt of a BERT model");
        train("--vocab", temp.resolve("none.txt")).refused(1, temp.resolve("none.txt").toString(), "does not exist");
    }

    @Test
    void vocabularyOfAnotherModel() throws IOException {
        Path vocab = temp.resolve("vocab.txt");
        Files.write(vocab, List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "rain"));
        train("--model", model(), "--vocab", vocab).refused(1, "The vocabulary has 5 entries", "toy-model", "--vocab");
        Path model = model();
        Files.delete(model.resolve("tokenizer.json"));
        Files.writeString(model.resolve("vocab.txt"), Files.readString(model.resolve("vocab.txt")) + "surplus\n");
        Cli.run("predict", "--model", model, "rain surplus").refused(1, model.toString(), "has 32 entries", "made for 31");
    }

    @Test
    void vocabularyThatIsTooSmallToBeTheModels() throws IOException {
        Path model = model();
        Path vocab = model.resolve("vocab.txt");
        Files.delete(model.resolve("tokenizer.json"));
        Files.write(vocab, Files.readAllLines(vocab).subList(0, 20));
        for (Cli run : List.of(Cli.run("predict", "--model", model, "rain"), Cli.run("eval", "--model", model, "--data", data))) {
            run.done();
            assertTrue(run.err().startsWith("'" + vocab + "' has 20 entries, the model was made for 31: "), run.err());
        }
    }

    @Test
    void hiddenSizeNotDivisibleByHeads() throws IOException {
        Path model = model();
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\"num_attention_heads\"\\s*:\\s*2", "\"num_attention_heads\": 3"));
        for (Cli run : List.of(train("--model", model), Cli.run("eval", "--model", model, "--data", data), Cli.run("predict", "--model", model, "rain"))) {
            run.refused(1, config.toString(), "hidden_size 8 is not divisible by num_attention_heads 3", "multiple of the number of heads");
        }
    }

    @ParameterizedTest
    @CsvSource({"truncated header,100", "truncated data,-7", "no length,5", "nothing,0"})
    void truncatedSafetensors(String what, int length) throws IOException {
        Path model = model();
        Path file = model.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, length < 0 ? bytes.length + length : length));
        train("--model", model).refused(1, file.toString());
        Cli.run("predict", "--model", model, "rain").refused(1, file.toString());
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 20, 200_000_000L, Long.MAX_VALUE, -1})
    void overlongSafetensorsHeader(long length) throws IOException {
        Path model = model();
        Path file = model.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        Files.write(file, bytes);
        train("--model", model).refused(1, file.toString(), "header");
        Cli.run("predict", "--model", model, "rain").refused(1, file.toString(), "header");
    }

    @Test
    void checkpointOfAnotherPreset() throws IOException {
        Path model = model();
        train("--model", model, "--preset", "mini").refused(1, model.toString(), "a custom size (1 layers, hidden size 8, 2 heads)", "not the preset mini",
                "drop --preset");
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("\"hidden_size\"\\s*:\\s*8", "\"hidden_size\": 128")
                .replaceFirst("\"num_hidden_layers\"\\s*:\\s*1", "\"num_hidden_layers\": 2")
                .replaceFirst("\"intermediate_size\"\\s*:\\s*12", "\"intermediate_size\": 512"));
        for (Cli run : List.of(train("--model", model), Cli.run("predict", "--model", model, "rain"))) {
            run.refused(1, model.resolve("model.safetensors").toString(), "hidden size 8", "its configuration describes tiny", "use the config.json");
        }
    }

    @Test
    void noModelInTheFolder() throws IOException {
        Path empty = Files.createDirectory(temp.resolve("empty"));
        for (Path folder : List.of(empty, temp.resolve("nowhere"))) {
            train("--model", folder).refused(1, folder.toString());
            Cli.run("predict", "--model", folder, "rain").refused(1, folder.toString(), "give the folder of a saved model");
            Cli.run("eval", "--model", folder, "--data", data).refused(1, folder.toString(), "give the folder of a saved model");
        }
        for (Object nowhere : List.of(temp.resolve("nowhere"), "a/b/c", "foo bar")) {
            String sentence = "'" + nowhere + "' does not exist; give the folder of a saved model, with config.json and weights.";
            train("--model", nowhere).refused(1, sentence);
            Cli.run("predict", "--model", nowhere, "rain").refused(1, sentence);
        }
        Path model = model();
        Files.delete(model.resolve("vocab.txt"));
        Files.delete(model.resolve("tokenizer.json"));
        Cli.run("predict", "--model", model, "rain").refused(1, model.toString(), "vocab.txt");
        train("--model", model).refused(1, model.toString(), "vocab.txt");
    }

    @Test
    void runThatHasNoModelYet() throws IOException {
        Path run = Files.createDirectory(temp.resolve("killed"));
        RunOptionsIO.write(RunOptions.defaults(), run.resolve("run.yaml"));
        String sentence = "The run in '" + run + "' has not finished an epoch and saved no model yet; continue it with train --resume --output " + run;
        Cli.run("predict", "--model", run, "rain").refused(1, sentence + ".");
        Cli.run("eval", "--model", run, "--data", data).refused(1, sentence + ".");
        train("--model", run).refused(1, sentence + ".");
        Files.move(model(), run.resolve("last"));
        Cli.run("predict", "--model", run, "rain").refused(1, sentence + ", or use what it has learned so far: '" + run.resolve("last") + "'.");
    }

    @Test
    void optionsOfARunThatAreLost() throws IOException {
        Path run = model();
        for (String content : List.of("", "epochs: [1\n", "epochs\n")) {
            Path options = Files.writeString(run.resolve("run.yaml"), content);
            Cli.run("train", "--resume", "--output", run).refused(1, options.toString(), "; restore it from a copy, or start a new run in another --output.");
            Cli.run("predict", "--model", run, "rain").refused(1, options.toString(), "; restore it from a copy, or move it away to do without.");
        }
    }

    @Test
    void foldersThatMayNotBeRead() throws IOException {
        Path locked = Files.createDirectory(temp.resolve("locked"));
        for (String permissions : List.of("---------", "rw-------", "-wx------")) {
            Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString(permissions));
            assumeFalse(Files.isReadable(locked) && Files.isExecutable(locked), "root may read everything: skipped");
            String sentence = "The folder '" + locked + "' cannot be read (access denied); check its permissions.";
            Cli.run("train", "--data", locked, "--output", output).refused(1, sentence);
            Cli.run("train", "--resume", "--output", locked).refused(1, sentence);
            Cli.run("predict", "--model", locked, "rain").refused(1, sentence);
            train("--model", locked).refused(1, sentence);
            train("--vocab", locked).refused(1, sentence);
        }
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void outputFolderThatIsNotARun() throws IOException {
        Path other = Files.createDirectory(temp.resolve("other"));
        Path file = Files.writeString(other.resolve("thesis.txt"), "mine");
        for (String option : List.of("--overwrite", "--resume")) {
            Cli.run("train", "--data", data, "--output", other, option).refused(1, other.toString());
        }
        Cli.run("train", "--data", data, "--output", other).refused(1, other.toString(), "not empty", "choose another --output");
        Cli.run("train", "--data", data, "--output", file).refused(1, file.toString(), "is a file");
        assertEquals(List.of("thesis.txt"), Runs.files(other));
        assertEquals("mine", Files.readString(file));
        train("--resume").refused(1, output.toString(), "no miXed run to continue", "leave out --resume");
    }

    @Test
    void optionsOfTrain() {
        train("--lr", "-0.001").refused(2, "--lr must be", "above 0", "'-0.001'");
        train("--lr", "0").refused(2, "--lr", "'0'");
        train("--lr", "fast").refused(2, "--lr", "'fast'");
        train("--batch", "0").refused(2, "--batch must be", "from 1", "'0'");
        train("--batch", "1.5").refused(2, "--batch", "whole number", "'1.5'");
        train("--length", "2").refused(2, "--length", "'2'");
        train("--length", "513").refused(2, "--length 513", "512");
        train("--epochs", "0").refused(2, "--epochs", "'0'");
        train("--dropout", "1").refused(2, "--dropout", "'1'");
        train("--seed", "-1").refused(2, "--seed", "'-1'");
        train("--pad", "left").refused(2, "--pad", named(RunOptions.Pad.values()), "'left'");
        train("--device", "tpu").refused(2, "--device", named(RunOptions.Device.values()), "'tpu'");
        train("--preset", "huge").refused(2, "'huge'", "tiny, mini, small, medium, base, large");
        train("--resume", "--overwrite").refused(2, "--resume", "--overwrite", "only one");
        Cli.run("train", "--resume").refused(2, "--resume needs --output");
    }

    /** Every choice, as a message lists them. */
    private static String named(Enum<?>... choices) {
        return "must be one of " + Arrays.stream(choices).map(c -> c.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", ")) + ", not ";
    }

    @Test
    void otherCommandLines() {
        train("--epoch", "3").misused("Unknown option '--epoch'.", "--epochs");
        train("surplus").misused("mixed train takes no argument 'surplus'.");
        train("--lr").misused("--lr");
        Cli.run("trian").misused("'trian' is no command of mixed; choose from: train, eval, ", "Did you mean: mixed train");
        Cli.run().misused("train, eval, predict, embed, bench");
        Cli.run("eval").misused("--model");
        Cli.run("predict", "--model", "m", "--format", "xml", "text").misused("--format must be one of text, json, csv, not 'xml'.");
        Cli.run("predict", "--model", model(), "--batch", "0", "text").refused(2, "--batch", "'0'");
        Cli.run("predict", "--model", model(), "--batch", "many", "text").misused("--batch", "'many'");
        Cli.run("predict", "--model", model(), "--length", "33", "text").refused(2, "--length 33", "32");
        Cli.run("predict", "--model", model(), "--file", "f", "text").refused(2, "--file", "not both");
        Cli.run("eval", "--model", model(), "--split", "dev").misused("--split must be one of train, validation, test, not 'dev'.");
        Cli.run("eval", "--model", "m", "--device", "tpu").misused("--device must be one of auto, jvm, gpu, not 'tpu'.");
        Cli.run("bench", "--amp", "--fp32").misused("mixed: --amp and --fp32 exclude each other: give only one of them.");
        Cli.run("bench", "--batch", "0").refused(2, "--batch", "'0'");
        Cli.run("bench", "--steps", "0").refused(2, "--steps", "'0'");
        Cli.run("bench", "--length", "1000").refused(2, "--length 1000", "512");
        Cli.run("bench", "--residual", "float").refused(2, "--residual float has no effect without --amp");
        Cli.run("bench", "--amp", "--tf32").refused(2, "--tf32 is for FP32 and has no effect with --amp");
        Cli.run("bench", "--device", "jvm", "--tf32").refused(2, "--tf32 is for a GPU's tensor cores and has no effect with --device jvm");
        Cli.run("eval", "--model", model(), "--amp", "--tf32").refused(2, "--tf32 is for FP32 and has no effect with --amp");
        train("--amp", "--tf32").refused(2, "--tf32 is for FP32 and has no effect with --amp");
        train("--device", "jvm", "--tf32").refused(2, "--tf32 is for a GPU's tensor cores and has no effect with --device jvm");
        Cli.run("bench", "--amp", "--residual", "double").misused("--residual must be one of half, float, not 'double'.");
        Cli.run("bench", "--preset", "huge").refused(2, "'huge'", "tiny, mini, small, medium, base, large");
    }

    @Test
    void moreThanFitsInOneArrayOrInMemory() {
        train("--batch", "65536", "--length", "512").refused(2, "--batch 65536 with --length 512", "lower one of them");
        Cli.run("bench", "--batch", "4096", "--length", "512", "--vocab-size", "100").refused(2, "--batch 4096 with --length 512");
    }

    @Test
    void moreThanTheMemoryHolds() throws Exception {
        Process process = ChildJvm.start(List.of("-Xmx64m"), Main.class, List.of("bench", "--batch", "256", "--length", "128", "--vocab-size", "100"));
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(1, process.waitFor(), printed);
        assertTrue(printed.contains("mixed: the memory of the JVM is used up (") && printed.contains("lower --batch or --length"), printed);
        assertFalse(printed.contains("\tat "), printed);
    }

    @Test
    void noGpu() {
        train("--device", "gpu").refused(1, "--device gpu", "use --device jvm");
        Cli.run("predict", "--model", model(), "--device", "gpu", "text").refused(1, "--device gpu", "use --device jvm");
        Cli.run("bench", "--device", "GPU").refused(1, "--device gpu", "use --device jvm");
    }

    @Test
    void configurationFile() throws IOException {
        Path config = temp.resolve("run.yaml");
        train("--config", config).refused(1, config.toString(), "check the path");
        Files.writeString(config, "epochs: [1\n");
        train("--config", config).refused(1, config.toString(), "not valid YAML", "correct it there");
        Files.writeString(config, "");
        train("--config", config).refused(1, config.toString(), "is empty");
        Files.write(config, new byte[] {'l', 'r', ':', (byte) 0xFF});
        train("--config", config).refused(1, config.toString(), "UTF-8");
        Files.writeString(config, "learning_rates: 1\n");
        train("--config", config).refused(2, config.toString(), "'learning_rates'");
        Files.writeString(config, "lr: -1\n");
        Cli.run("train", "--config", config, "--output", output).refused(2, config.toString(), "lr", "'-1'");
        train("--config", temp).refused(1, temp.toString(), "cannot be read", "check the path");
    }

    @Test
    void nothingToPredict() throws IOException {
        Path model = model();
        Cli.run("predict", "--model", model).refused(1, "No text was given and standard input is empty; give texts as arguments");
        Cli.runWithInput("\uFEFF".getBytes(StandardCharsets.UTF_8), "predict", "--model", model).refused(1, "standard input is empty; give texts as arguments");
        Cli.run("predict", "--model", model, "--file", "-").refused(1, "Standard input is empty; give texts as arguments");
        Cli.run("predict", "--model", model, "some rain", " ").refused(1, "text 2 is empty; write one or leave the argument out");
        Cli.run("predict", "--model", model, "--file", temp.resolve("none")).refused(1, temp.resolve("none").toString(), "does not exist");
    }

    @Test
    void predictingChangesNoFile() throws IOException {
        Path model = model();
        List<String> files = Runs.files(model);
        byte[] weights = Files.readAllBytes(model.resolve("model.safetensors"));
        assertTrue(Cli.run("predict", "--model", model, "the rain").done().out().contains("the rain"));
        assertEquals(files, Runs.files(model));
        assertArrayEquals(weights, Files.readAllBytes(model.resolve("model.safetensors")));
    }
}
