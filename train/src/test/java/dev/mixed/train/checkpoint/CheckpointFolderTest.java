// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.pretrained.ModelContents;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelSamples;
import dev.mixed.io.Disk;
import dev.mixed.io.UserException;
import dev.mixed.weights.TensorSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFolderTest {

    @TempDir
    Path temp;

    private static List<String> names(Path folder) throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private static String openError(Path folder) {
        String message = assertThrows(UserException.class, () -> Checkpoint.open(folder)).getMessage();
        assertTrue(message.endsWith(".") && !message.contains("\n"), message);
        return message;
    }

    @Test
    void savesAndOpensAModelWithItsTrainingState() throws Exception {
        Path folder = temp.resolve("runs/x/last");
        CheckpointFolder.save(folder, Samples.training(3));
        assertEquals(List.of("config.json", "model.safetensors", "training_state.json", "training_state.safetensors", "vocab.txt"), names(folder));
        assertEquals(3, Samples.numberOf(folder));
        CheckpointFolder.save(folder, Samples.training(4));
        assertEquals(4, Samples.numberOf(folder));
        assertEquals(5, names(folder).size());
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            TrainingState state = checkpoint.state().orElseThrow();
            assertEquals(4, state.step());
            assertEquals(5, state.epoch());
            assertEquals(6, state.batch());
            assertEquals(List.of("seed", "counter"), List.copyOf(state.random().keySet()));
            assertEquals(Long.MIN_VALUE + 4, state.random().get("seed"));
            assertEquals(65540.0, state.extra().get("scaler").get("scale").doubleValue());
        }
    }

    @Test
    void aModelThatIsNoRunsHasNoTrainingState() {
        ModelFolder.save(temp, ModelSamples.model(1));
        assertEquals(1, Samples.numberOf(temp));
        try (Checkpoint checkpoint = Checkpoint.open(temp)) {
            assertTrue(checkpoint.state().isEmpty() && checkpoint.stateTensors().isEmpty());
        }
    }

    @Test
    void theRunFolderHoldsBestAndLastBesideOtherFiles() throws Exception {
        RunFolder run = new RunFolder(temp.resolve("runs/x"));
        assertFalse(run.canResume());
        CheckpointFolder.save(run.best(), Samples.model(1));
        assertFalse(run.canResume());
        CheckpointFolder.save(run.last(), Samples.training(2));
        Files.writeString(run.root().resolve("metrics.csv"), "epoch");
        CheckpointFolder.save(run.best(), Samples.model(3));
        assertTrue(run.canResume());
        assertEquals(3, Samples.numberOf(run.best()));
        assertEquals(2, Samples.numberOf(run.last()));
        assertEquals(List.of("config.json", "last", "metrics.csv", "model.safetensors", "vocab.txt"), names(run.root()));
        run.clear();
        assertEquals(List.of("last", "metrics.csv"), names(run.root()));
        assertEquals(List.of(), names(run.last()));
        assertFalse(CheckpointFolder.exists(run.best()));
    }

    @Test
    void filesThatTheNewCheckpointLacksDisappear() throws Exception {
        CheckpointContents three = Samples.training(3);
        Map<String, byte[]> tokenizer = new HashMap<>(ModelSamples.tokenizer(3));
        tokenizer.put("tokenizer_config.json", "{\"do_lower_case\": false}".getBytes(StandardCharsets.UTF_8));
        ModelContents model = new ModelContents(three.model().config(), tokenizer, three.model().parameters());
        CheckpointFolder.save(temp, new CheckpointContents(model, three.state(), three.stateTensors()));
        try (Checkpoint checkpoint = Checkpoint.open(temp)) {
            assertEquals(List.of("vocab.txt", "tokenizer_config.json"), List.copyOf(checkpoint.model().tokenizerFiles().keySet()));
            assertArrayEquals(tokenizer.get("tokenizer_config.json"), checkpoint.model().tokenizerFiles().get("tokenizer_config.json"));
        }
        CheckpointFolder.save(temp, Samples.model(5));
        assertEquals(5, Samples.numberOf(temp));
        assertEquals(List.of("config.json", "model.safetensors", "vocab.txt"), names(temp));
    }

    @Test
    void leftoversOfAKilledSaveAreRemovedByRecoverAndBySave() throws Exception {
        CheckpointFolder.save(temp, Samples.model(1));
        Path partial = Files.createDirectory(temp.resolve(".checkpoint.partial"));
        Files.writeString(partial.resolve("model.safetensors"), "half");
        assertEquals(1, Samples.numberOf(temp));
        assertTrue(Files.exists(partial), "opening must not change the folder");
        CheckpointFolder.recover(temp);
        assertFalse(Files.exists(partial));
        Files.createDirectory(partial);
        Files.writeString(partial.resolve("config.json"), "half");
        CheckpointFolder.save(temp, Samples.model(2));
        assertFalse(Files.exists(partial));
        assertEquals(2, Samples.numberOf(temp));
        CheckpointFolder.recover(temp.resolve("none"));
    }

    @Test
    void aReadOnlyReaderSeesACommittedSaveThatWasNotYetMoved() throws Exception {
        CheckpointFolder.save(temp, Samples.training(1));
        Path elsewhere = temp.resolve("elsewhere");
        CheckpointFolder.save(elsewhere, Samples.training(2));
        Files.move(elsewhere, temp.resolve(".checkpoint.commit"));
        assertEquals(2, Samples.numberOf(temp));
        Files.move(temp.resolve(".checkpoint.commit").resolve("model.safetensors"), temp.resolve("model.safetensors"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertEquals(2, Samples.numberOf(temp));
        CheckpointFolder.recover(temp);
        assertEquals(2, Samples.numberOf(temp));
        assertEquals(5, names(temp).size());
    }

    /** Whoever saves next completes all of the interrupted save, the part that a model alone does not have included. */
    @Test
    void aModelSavedOverAnInterruptedSaveBringsNoOldStateBack() throws Exception {
        CheckpointFolder.save(temp, Samples.training(1));
        assertThrows(KillableDisk.Killed.class, () -> CheckpointFolder.save(temp, Samples.model(2), KillableDisk.killedAt(committed(Samples.model(2)))));
        assertTrue(Files.exists(CheckpointFolder.LAYOUT.commit(temp)) && Files.exists(temp.resolve("training_state.json")), names(temp).toString());
        assertEquals(2, Samples.numberOf(temp));
        ModelFolder.save(temp, ModelSamples.model(3));
        assertEquals(3, Samples.numberOf(temp));
        assertEquals(List.of("config.json", "model.safetensors", "vocab.txt"), names(temp));
    }

    /** The operation after the one from which a save over a checkpoint with a training state counts. */
    private int committed(CheckpointContents contents) {
        Path probe = temp.resolve("probe");
        CheckpointFolder.save(probe, Samples.training(1));
        KillableDisk disk = KillableDisk.reliable();
        CheckpointFolder.save(probe, contents, disk);
        CheckpointFolder.clear(probe);
        assertTrue(probe.toFile().delete());
        return disk.log.indexOf("rename .checkpoint.partial") + 1;
    }

    @Test
    void namesOnAnotherHandsListDoNotLeadOutOfTheFolder() throws Exception {
        Path folder = temp.resolve("inner");
        CheckpointFolder.save(folder, Samples.model(1));
        Path outside = Files.writeString(temp.resolve("outside.txt"), "x");
        Path hidden = Files.writeString(folder.resolve(".hidden"), "x");
        Path commit = Files.createDirectory(CheckpointFolder.LAYOUT.commit(folder));
        Files.writeString(commit.resolve("obsolete"), "../outside.txt\n" + outside + "\n.hidden\n..\n\nvocab.txt");
        CheckpointFolder.recover(folder);
        assertTrue(Files.exists(outside) && Files.exists(hidden));
        assertEquals(List.of(".hidden", "config.json", "model.safetensors"), names(folder));
    }

    @Test
    void missingPartsAreNamed() throws Exception {
        assertTrue(openError(temp.resolve("none")).contains("none' does not exist; give the folder of a saved model"));
        assertTrue(openError(temp).contains("has no config.json"));
        CheckpointFolder.save(temp, Samples.training(1));
        Files.delete(temp.resolve("training_state.safetensors"));
        assertTrue(openError(temp).contains("has no training_state.safetensors"));
        Files.delete(temp.resolve("model.safetensors"));
        assertTrue(openError(temp).contains("has no weights: none of model.safetensors, "));
        assertFalse(CheckpointFolder.exists(temp));
    }

    @Test
    void damagedOrExchangedTensorFilesAreNoticed() throws Exception {
        CheckpointFolder.save(temp, Samples.training(1));
        Path model = temp.resolve("model.safetensors");
        byte[] good = Files.readAllBytes(model);
        byte[] bad = good.clone();
        bad[bad.length - 1] ^= 1;
        Files.write(model, bad);
        assertTrue(openError(temp).contains("model.safetensors' has the checksum"));
        Files.write(model, java.util.Arrays.copyOf(good, good.length - 4));
        assertTrue(openError(temp).contains("model.safetensors' is not a valid safetensors file"));
        Files.write(model, good);
        CheckpointFolder.save(temp.resolve("other"), Samples.training(8));
        Files.copy(temp.resolve("other/training_state.safetensors"), temp.resolve("training_state.safetensors"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertTrue(openError(temp).contains("training_state.safetensors' has "));
    }

    @Test
    void malformedTrainingStatesAreNamed() throws Exception {
        CheckpointFolder.save(temp, Samples.training(1));
        Path state = temp.resolve("training_state.json");
        String good = Files.readString(state);
        for (String[] change : new String[][] {
            {"\"format\": 1", "\"format\": 9", "has format 9"}, {"\"step\": 1", "\"step\": -1", "'step'"}, {"\"epoch\": 2", "\"epoch\": 1.5", "'epoch'"},
            {"\"batch\": 3", "\"batch\": \"3\"", "'batch'"}, {"\"extra\"", "\"more\"", "'extra'"}, {"\"counter\": ", "\"counter\": 9", "'counter'"},
            {"\"crc32c\"", "\"crc\"", "files.model.safetensors"}, {"{", "", "not valid JSON"},
            {"}", "", "restore it from a copy of the run, or start over with --overwrite"}}) {
            Files.writeString(state, good.replaceFirst(java.util.regex.Pattern.quote(change[0]), change[1]));
            String message = openError(temp);
            assertTrue(message.contains("training_state.json") && message.contains(change[2]), message);
        }
        Files.writeString(state, good.substring(0, good.length() / 2));
        assertTrue(openError(temp).contains("not valid JSON"));
    }

    @Test
    void aFailedSaveSpeaksOfSpaceAndOfAPreviousCheckpointOnlyWhereTheyMatter() {
        Disk limited = new Disk() {
            @Override
            public Output create(Path file) throws IOException {
                throw new IOException("File too large");
            }
        };
        Path folder = temp.resolve("new");
        String first = assertThrows(UserException.class, () -> CheckpointFolder.save(folder, Samples.model(1), limited)).getMessage();
        assertEquals("The checkpoint could not be saved in '" + folder + "' (File too large); check the folder's permissions and the limits on files and"
                + " their size, or choose another folder.", first);
        CheckpointFolder.save(folder, Samples.model(1));
        String second = assertThrows(UserException.class, () -> CheckpointFolder.save(folder, Samples.model(2), limited)).getMessage();
        assertTrue(second.endsWith("or choose another folder (the previous checkpoint there is intact)."), second);
    }

    @Test
    void aFileWhereTheFolderShouldBeIsOneSentence() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "x");
        String message = assertThrows(UserException.class, () -> CheckpointFolder.save(file, Samples.model(1))).getMessage();
        assertTrue(message.contains("could not be saved in '" + file), message);
        assertEquals("x", Files.readString(file));
    }

    @Test
    void aFailingTensorLeavesThePreviousCheckpoint() throws Exception {
        CheckpointFolder.save(temp, Samples.model(1));
        CheckpointContents broken = CheckpointContents.ofModel(new ModelContents(ModelSamples.config(2), ModelSamples.tokenizer(2), List.of(
                TensorSource.floats("a", List.of(1), () -> {
                    throw new IllegalStateException("device lost");
                }))));
        assertThrows(IllegalStateException.class, () -> CheckpointFolder.save(temp, broken));
        assertEquals(1, Samples.numberOf(temp));
        assertEquals(List.of("config.json", "model.safetensors", "vocab.txt"), names(temp));
    }
}
