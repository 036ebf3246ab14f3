// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.Messages;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunOptionsIOTest {

    @TempDir
    Path folder;

    @Test
    void commandLineOverFileOverDefaults() throws IOException {
        Path file = file("run.yml", """
                # YAML 1.1 takes 3e-4, which has no point, for text
                lr: 3e-4
                epochs: 7
                pad: max
                vocab:
                """);
        RunOptions options = RunOptionsIO.resolve(file, Map.of("epochs", 2, "data", Path.of("tweets")));
        assertEquals(RunOptions.defaults().with(Map.of("lr", 3e-4, "epochs", 2, "pad", "max", "data", "tweets")), options);
        assertEquals(RunOptions.defaults(), RunOptionsIO.resolve(null, Map.of()));
    }

    @Test
    void knowsTheNamesOfHuggingFacesScripts() throws IOException {
        Path file = file("hf.json", """
                {"learning_rate": 2e-5, "per_device_train_batch_size": 16, "num_train_epochs": 3.0, "max_seq_length": 64,
                 "warmup_ratio": 0.2, "weight_decay": 0.05, "max_grad_norm": 0.5, "output_dir": "out", "model_name_or_path": "bert",
                 "overwrite_output_dir": true, "logging_steps": 10}
                """);
        assertEquals(RunOptions.defaults().with(Map.ofEntries(Map.entry("lr", 2e-5), Map.entry("batch", 16), Map.entry("epochs", 3),
                Map.entry("length", 64), Map.entry("warmup", 0.2), Map.entry("weight-decay", 0.05), Map.entry("clip", 0.5),
                Map.entry("output", "out"), Map.entry("model", "bert"), Map.entry("overwrite", true), Map.entry("log-every", 10))),
                RunOptionsIO.resolve(file, Map.of()));
    }

    @Test
    void everyOptionSurvivesWritingAndReading() throws IOException {
        Path file = folder.resolve(RunOptionsIO.FILE);
        RunOptions options = RunOptions.defaults().with(Map.ofEntries(Map.entry("data", folder.resolve("a: b #c")),
                Map.entry("model", folder.resolve("m")), Map.entry("vocab", folder.resolve("vocab.txt")), Map.entry("output", folder),
                Map.entry("preset", "mini"), Map.entry("device", "jvm"), Map.entry("batch", 7), Map.entry("length", 33),
                Map.entry("pad", "max"), Map.entry("epochs", 9), Map.entry("lr", 1.2345678901234568e-5), Map.entry("warmup", 1.0 / 3),
                Map.entry("weight-decay", 0), Map.entry("clip", 0.7), Map.entry("dropout", 0.25), Map.entry("seed", Long.MAX_VALUE),
                Map.entry("log-every", 3), Map.entry("save-every", 4)));
        RunOptionsIO.write(options.with("overwrite", true), file);
        assertEquals(options, RunOptions.defaults().with(RunOptionsIO.read(file)));
        assertTrue(Files.readString(file).contains("\nlr: 0.000012345678901234568\n"), Files.readString(file));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void writesPathsInFull() {
        Path file = folder.resolve(RunOptionsIO.FILE);
        RunOptionsIO.write(RunOptions.defaults().with("data", "x/../y"), file);
        assertEquals(Path.of("y").toAbsolutePath(), RunOptionsIO.read(file).get("data"));
    }

    @Test
    void aModelIsAFolderOrAName() {
        Path file = folder.resolve(RunOptionsIO.FILE);
        RunOptionsIO.write(RunOptions.defaults().with("model", "src"), file);
        assertEquals(Path.of("src").toAbsolutePath().toString(), RunOptionsIO.read(file).get("model"));
        RunOptions named = RunOptions.defaults().with("model", "google/bert_uncased_L-12_H-768_A-12");
        RunOptionsIO.write(named, file);
        assertEquals("google/bert_uncased_L-12_H-768_A-12", RunOptionsIO.read(file).get("model"));
        assertEquals(List.of(), RunOptionsIO.differences(named, RunOptions.defaults().with(RunOptionsIO.read(file))));
        assertEquals(List.of(), RunOptionsIO.differences(named.with("model", "src"), named.with("model", Path.of("src").toAbsolutePath())));
    }

    @Test
    void resumeStartsFromWhatTheRunWasStartedWith() {
        RunOptionsIO.write(RunOptions.defaults().with(Map.of("output", folder, "batch", 8, "epochs", 3)), folder.resolve(RunOptionsIO.FILE));
        RunOptions options = RunOptionsIO.resolve(null, Map.of("resume", true, "output", folder, "epochs", 3, "save-every", 5));
        assertEquals(8, options.batches().size());
        assertEquals(3, options.schedule().epochs());
        assertEquals(5, options.saving().saveEvery());
        assertTrue(options.folder().resume());
        assertTrue(RunOptionsIO.resolve(null, Map.of("resume", true, "output", folder, "no-self-check", true)).compute().noSelfCheck());
        assertEquals(4, RunOptionsIO.resolve(null, Map.of("resume", true, "output", folder, "epochs", 4)).schedule().epochs());
        Messages.assertRefused(() -> RunOptionsIO.resolve(null, Map.of("resume", true, "output", folder, "warmup", 0.2)), "warmup: 0.1 there, 0.2 here",
                "leave them out");
        RunOptions free = RunOptionsIO.resolve(null, Map.of("resume", true, "output", folder, "max-steps", 9, "early-stopping", 3, "save-total-limit", 4));
        assertEquals(3, free.scoring().patience());
        assertEquals(4, free.saving().kept());
        for (Map.Entry<String, Object> fixed : Map
                .<String, Object>of("eval-steps", 2, "metric", "loss", "label-smoothing", 0.1, "class-weights", "balanced", "freeze",
                        "embeddings", "layer-wise-lr-decay", 0.5, "scheduler", "cosine", "adam-beta1", 0.5, "max-train-samples", 3)
                .entrySet()) {
            Messages.assertRefused(() -> RunOptionsIO.resolve(null, Map.of("resume", true, "output", folder, fixed.getKey(), fixed.getValue())),
                    fixed.getKey() + ": ",
                    "there, " + fixed.getValue() + " here");
        }
        assertEquals(32, RunOptionsIO.resolve(null, Map.of("output", folder)).batches().size());
    }

    @Test
    void namesTheDifferences() {
        RunOptions a = RunOptions.defaults().with("data", "x");
        RunOptions b = a.with(Map.of("batch", 16, "pad", "max", "overwrite", true, "data", Path.of("x").toAbsolutePath()));
        assertEquals(List.of("batch: 32 there, 16 here", "pad: auto there, max here"), RunOptionsIO.differences(a, b));
        assertEquals(List.of(), RunOptionsIO.differences(a, a));
    }

    @Test
    void tellsARunsFolderFromAnother() throws IOException {
        assertFalse(RunOptionsIO.isRun(folder));
        file(RunOptionsIO.FILE, "lr: 1\n");
        assertFalse(RunOptionsIO.isRun(folder));
        RunOptionsIO.write(RunOptions.defaults(), folder.resolve(RunOptionsIO.FILE));
        assertTrue(RunOptionsIO.isRun(folder));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "learning_rat: 1  | has the unknown key 'learning_rat'; the nearest known key is 'lr'.",
        "gpu_memory: 1    | has the unknown key 'gpu_memory'; './mixed train --help' lists the known ones.",
        "ephocs: 3        | has the unknown key 'ephocs'; the nearest known key is 'epochs'.",
        "weightDecai: 0.1 | has the unknown key 'weightDecai'; the nearest known key is 'weight-decay'.",
        "batch: 0         | : batch must be a whole number from 1 to 65536, or auto, not '0'.",
        "max_grad_norm:   | : max_grad_norm must be a number from 0 to 1000000000, not left empty.",
        "learning_rate: -0.1 | : learning_rate must be a number above 0 and at most 1, not '-0.1'.",
        "epochs: [1]      | : epochs must be a whole number from 1 to 100000, not 'a list'.",
        "resume: maybe    | : resume must be true or false, not 'maybe'."})
    void refusesInOneSentence(String line, String sentence) throws IOException {
        Path file = file("conf.yaml", line + "\n");
        UsageException e = assertThrows(UsageException.class, () -> RunOptionsIO.resolve(file, Map.of()));
        assertEquals("'" + file + "'" + (sentence.startsWith(":") ? "" : " ") + sentence, e.getMessage());
    }

    @Test
    void refusesTheSameOptionTwice() throws IOException {
        Path both = file("both.yaml", "lr: 0.1\nlearning_rate: 0.2\n");
        assertTrue(assertThrows(UsageException.class, () -> RunOptionsIO.read(both)).getMessage().contains("second time as 'learning_rate'"));
        Path twice = file("twice.yaml", "lr: 0.1\nlr: 0.2\n");
        assertTrue(assertThrows(UserException.class, () -> RunOptionsIO.read(twice)).getMessage().contains("Duplicate"));
    }

    @Test
    void refusesFilesThatHoldNoOptions() throws IOException {
        assertSentence(folder.resolve("none.yaml"), "There is no file");
        assertSentence(file("empty.yaml", "# nothing\n"), "is empty");
        assertSentence(file("empty.json", ""), "is empty");
        assertSentence(file("list.yaml", "- 1\n"), "no set of keys and values");
        assertSentence(file("broken.yaml", "lr: 1\nbatch: [1\n"), "line 2: not valid YAML");
        assertSentence(file("broken.json", "{\"lr\": 1,,}"), "line 1: not valid JSON");
        assertSentence(file("two.json", "{\"lr\": 1} {}"), "not valid JSON");
        Path latin = folder.resolve("latin.yaml");
        Files.write(latin, new byte[] {'d', 'a', 't', 'a', ':', ' ', (byte) 0xe4, '\n'});
        assertSentence(latin, "UTF-8");
        assertSentence(folder, "cannot be read");
    }

    @Test
    void saysWhereItCouldNotWrite() {
        Path file = folder.resolve("missing").resolve(RunOptionsIO.FILE);
        UserException e = assertThrows(UserException.class, () -> RunOptionsIO.write(RunOptions.defaults(), file));
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
    }

    private void assertSentence(Path file, String part) {
        UserException e = assertThrows(UserException.class, () -> RunOptionsIO.read(file));
        assertTrue(e.getMessage().contains(part) && e.getMessage().contains(file.toString()), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }
}
