// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.bert.pretrained.ModelContents;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.SavedWeights;
import dev.mixed.io.AtomicFolder;
import dev.mixed.io.Disk;
import dev.mixed.io.FileDigest;
import dev.mixed.train.data.TrainingData;
import dev.mixed.weights.SafetensorsWriter;
import dev.mixed.weights.TensorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A checkpoint whose optimizer moments are on the disk, which are most of it and known first. Until it is {@linkplain #complete complete}, the folder's
 * previous one counts.
 */
final class BegunCheckpoint {
    private final Path folder;
    private final AtomicFolder.BegunSave save;
    /** Of the file of moments; empty where there is none. */
    private final Optional<FileDigest> moments;

    private BegunCheckpoint(Path folder, AtomicFolder.BegunSave save, Optional<FileDigest> moments) {
        this.folder = folder;
        this.save = save;
        this.moments = moments;
    }

    /**
     * Writes the moments. A {@link dev.mixed.io.UserException} means what it means for {@link CheckpointFolder#save(Path, CheckpointContents)}.
     *
     * @param moments as in {@link CheckpointContents}; empty for a model without a training state
     * @param bytes   of all tensors of the checkpoint
     */
    static BegunCheckpoint begin(Path folder, Optional<List<TensorSource>> moments, long bytes, Disk disk) {
        AtomicReference<Optional<FileDigest>> digest = new AtomicReference<>(Optional.empty());
        AtomicFolder.BegunSave save = CheckpointFolder.LAYOUT.begin(folder, bytes, files -> {
            if (moments.isPresent()) {
                digest.set(Optional.of(files.write(CheckpointFolder.STATE_TENSORS,
                        to -> SafetensorsWriter.write(to, moments.get(), SafetensorsWriter.PYTORCH))));
            }
        }, disk);
        return new BegunCheckpoint(folder, save, digest.get());
    }

    /**
     * Writes the rest, makes the checkpoint count, and says where its weights are.
     *
     * @param contents the whole checkpoint, with a training state if it was begun with moments, which are these
     * @param same     where the same weights have just been saved, if anywhere; asked last, so it may wait for that
     */
    SavedWeights complete(CheckpointContents contents, Supplier<Optional<SavedWeights>> same) {
        AtomicReference<FileDigest> model = new AtomicReference<>();
        save.complete(files -> model.set(write(contents, same, files)));
        return new SavedWeights(folder.resolve(ModelFolder.MODEL), model.get());
    }

    private FileDigest write(CheckpointContents contents, Supplier<Optional<SavedWeights>> same, AtomicFolder.Save files) throws IOException {
        if (contents.data().isPresent()) {
            TrainingData data = contents.data().get();
            files.write(TrainingData.FILE, to -> SafetensorsWriter.write(to, data.tensors(), data.metadata()));
        }
        FileDigest model = writeModel(contents.model(), same.get(), files);
        if (contents.state().isPresent()) {
            files.write(CheckpointFolder.STATE,
                    contents.state().get().toJson(new TreeMap<>(Map.of(ModelFolder.MODEL, model, CheckpointFolder.STATE_TENSORS, moments.orElseThrow()))));
        }
        return model;
    }

    private static FileDigest writeModel(ModelContents model, Optional<SavedWeights> same, AtomicFolder.Save files) throws IOException {
        return same.isPresent() ? model.writeTo(files, same.get()) : model.writeTo(files);
    }

    /** Removes what has been written: the folder is as it was. */
    void abandon() {
        save.abandon();
    }
}
