package dev.mixed.bert.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.IoReason;
import dev.mixed.bert.ReadableFolder;
import dev.mixed.bert.UserException;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.JsonFile;
import dev.mixed.bert.config.RunOptionsIO;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/** An open checkpoint: its small files are read and its tensors mapped; opening changes nothing on the disk. */
public final class Checkpoint implements AutoCloseable {

    /** A run that saves at the same moment may move a file between finding and opening it, once for each of its saves. */
    private static final int ATTEMPTS = 3;
    private static final String RESUME_OTHERWISE = "restore it from a copy of the run, or start over with --overwrite";
    private static final String GIVE_A_MODEL = "; give the folder of a saved model, with config.json and weights.";

    private final Path folder;
    private final BertConfig config;
    private final SequencedMap<String, byte[]> tokenizerFiles;
    private final WeightFile model;
    private final Optional<TrainingState> state;
    private final Optional<SafetensorsFile> stateTensors;

    private Checkpoint(Path folder, BertConfig config, SequencedMap<String, byte[]> tokenizerFiles, WeightFile model,
                       Optional<TrainingState> state, Optional<SafetensorsFile> stateTensors) {
        this.folder = folder;
        this.config = config;
        this.tokenizerFiles = tokenizerFiles;
        this.model = model;
        this.state = state;
        this.stateTensors = stateTensors;
    }

    /**
     * Opens the checkpoint in {@code folder}. Where it has a training state, size and checksum of its tensor files are compared
     * with those that were saved. A {@link UserException} says in one sentence what is missing or damaged.
     */
    public static Checkpoint open(Path folder) {
        requireModel(folder);
        BertConfig config = read(folder, CheckpointFolder.CONFIG, BertConfig::read);
        SequencedMap<String, byte[]> tokenizerFiles = new LinkedHashMap<>();
        for (String name : CheckpointFolder.TOKENIZER_FILES) {
            if (CheckpointFolder.locate(folder, name).isPresent()) {
                tokenizerFiles.put(name, read(folder, name, Checkpoint::bytes));
            }
        }
        WeightFile model = null;
        SafetensorsFile stateTensors = null;
        try {
            model = weights(folder);
            Optional<TrainingState> state = Optional.empty();
            if (CheckpointFolder.locate(folder, CheckpointFolder.STATE).isPresent()) {
                String source = folder.resolve(CheckpointFolder.STATE).toString();
                ObjectNode json = read(folder, CheckpointFolder.STATE, path -> JsonFile.read(path, RESUME_OTHERWISE));
                state = Optional.of(TrainingState.fromJson(source, json));
                Map<String, FileDigest> digests = TrainingState.digests(source, json);
                digests.forEach((name, digest) -> read(folder, name, path -> {
                    digest.check(path);
                    return path;
                }));
                stateTensors = read(folder, CheckpointFolder.STATE_TENSORS, SafetensorsFile::open);
            }
            return new Checkpoint(folder, config, tokenizerFiles, model, state, Optional.ofNullable(stateTensors));
        } catch (RuntimeException e) {
            if (model != null) {
                model.close();
            }
            if (stateTensors != null) {
                stateTensors.close();
            }
            throw e;
        }
    }

    /** A {@link UserException} where {@code folder} can't be that of a model: it may be missing, locked, or of a run that has saved none yet. */
    public static void requireModel(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UserException("'" + folder + "' " + (Files.exists(folder) ? "is not a folder" : "does not exist") + GIVE_A_MODEL);
        }
        ReadableFolder.require(folder);
        if (CheckpointFolder.locate(folder, CheckpointFolder.CONFIG).isEmpty() && RunOptionsIO.isRun(folder)) {
            Path last = new RunFolder(folder).last();
            throw new UserException("The run in '" + folder + "' has not finished an epoch and saved no model yet; continue it with train --resume --output "
                    + folder + (CheckpointFolder.exists(last) ? ", or use what it has learned so far: '" + last + "'." : "."));
        }
    }

    public Path folder() {
        return folder;
    }

    public BertConfig config() {
        return config;
    }

    /** The tokenizer's files by name, such as {@code vocab.txt}, to read or to hand on to the next save; those absent are left out. */
    public SequencedMap<String, byte[]> tokenizerFiles() {
        return tokenizerFiles;
    }

    /** The parameters in whatever format, under Hugging Face's names of today; {@link CheckpointFit} tells whether they fit a configuration. */
    public WeightFile model() {
        return model;
    }

    /** Where training stood; empty for a model without it. */
    public Optional<TrainingState> state() {
        return state;
    }

    /** The optimizer's moments; present with {@link #state()}. */
    public Optional<SafetensorsFile> stateTensors() {
        return stateTensors;
    }

    @Override
    public void close() {
        model.close();
        stateTensors.ifPresent(SafetensorsFile::close);
    }

    private static WeightFile weights(Path folder) {
        WeightFormat format = WeightFormat.in(folder).orElseThrow(() -> new UserException("'" + folder + "' has no weights: none of "
                + String.join(", ", WeightFormat.fileNames()) + GIVE_A_MODEL));
        return read(folder, format.fileName(), format::open);
    }

    private static <T> T read(Path folder, String name, Function<Path, T> reader) {
        for (int attempt = 1; ; attempt++) {
            Path path = CheckpointFolder.locate(folder, name).orElseThrow(() -> new UserException("'" + folder + "' has no " + name + GIVE_A_MODEL));
            try {
                return reader.apply(path);
            } catch (UserException e) {
                if (attempt == ATTEMPTS || Files.exists(path)) {
                    throw e;
                }
            }
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UserException("'" + file + "' cannot be read (" + IoReason.of(e) + "); check the path and its permissions.", e);
        }
    }
}
