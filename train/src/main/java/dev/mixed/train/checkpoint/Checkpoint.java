// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.io.FileDigest;
import dev.mixed.io.JsonFile;
import dev.mixed.io.UserException;
import dev.mixed.train.run.RunOptionsIO;
import dev.mixed.weights.SafetensorsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** An open checkpoint of a run: a model, and where its training stood; opening changes nothing on the disk. */
public final class Checkpoint implements AutoCloseable {
    private static final String RESUME_OTHERWISE = "restore it from a copy of the run, or start over with --overwrite";

    private final ModelFolder model;
    private final Optional<TrainingState> state;
    private final Optional<SafetensorsFile> stateTensors;

    private Checkpoint(ModelFolder model, Optional<TrainingState> state, Optional<SafetensorsFile> stateTensors) {
        this.model = model;
        this.state = state;
        this.stateTensors = stateTensors;
    }

    /**
     * Opens the checkpoint in {@code folder}. Where it has a training state, size and checksum of its tensor files are compared
     * with those that were saved. A {@link UserException} says in one sentence what is missing or damaged.
     */
    public static Checkpoint open(Path folder) {
        return open(folder, ModelFolder::open);
    }

    /** {@link #open(Path)} for the encoder alone, see {@link ModelFolder#openEncoder}. */
    public static Checkpoint openEncoder(Path folder) {
        return open(folder, ModelFolder::openEncoder);
    }

    /** {@link #open(Path)} of whatever module's checkpoint, see {@link ModelFolder#openModule}. */
    public static Checkpoint openModule(Path folder) {
        return open(folder, ModelFolder::openModule);
    }

    private static Checkpoint open(Path folder, Function<Path, ModelFolder> opener) {
        requireModel(folder);
        ModelFolder model = opener.apply(folder);
        try {
            if (ModelFolder.locate(folder, CheckpointFolder.STATE).isEmpty()) {
                return new Checkpoint(model, Optional.empty(), Optional.empty());
            }
            String source = folder.resolve(CheckpointFolder.STATE).toString();
            ObjectNode json = ModelFolder.read(folder, CheckpointFolder.STATE, path -> JsonFile.read(path, RESUME_OTHERWISE));
            TrainingState state = TrainingState.fromJson(source, json);
            Map<String, FileDigest> digests = TrainingState.digests(source, json);
            digests.forEach((name, digest) -> ModelFolder.read(folder, name, path -> {
                digest.check(path);
                return path;
            }));
            return new Checkpoint(model, Optional.of(state), Optional.of(ModelFolder.read(folder, CheckpointFolder.STATE_TENSORS, SafetensorsFile::open)));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** A {@link UserException} where {@code folder} can't be that of a model: it may be missing, locked, or of a run that has saved none yet. */
    public static void requireModel(Path folder) {
        ModelFolder.require(folder);
        if (ModelFolder.locate(folder, ModelFolder.CONFIG).isEmpty() && RunOptionsIO.isRun(folder)) {
            Path last = new RunFolder(folder).last();
            Optional<Path> one = ofSeries(folder);
            if (one.isPresent()) {
                throw new UserException("'" + folder + "' holds several runs, with a model each; name one of them, such as '" + one.get() + "'.");
            }
            throw new UserException("The run in '" + folder + "' has not finished an epoch and saved no model yet; continue it with train --resume --output "
                    + folder + (CheckpointFolder.exists(last) ? ", or use what it has learned so far: '" + last + "'." : "."));
        }
    }

    /** The first of several runs, by seed or fold, that has a model. */
    private static Optional<Path> ofSeries(Path folder) {
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.filter(run -> RunOptionsIO.isRun(run) && ModelFolder.locate(run, ModelFolder.CONFIG).isPresent()).sorted().findFirst();
        } catch (IOException | UncheckedIOException e) {
            // What can't be listed is told otherwise.
            return Optional.empty();
        }
    }

    public ModelFolder model() {
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
}
