// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.train.checkpoint.Checkpoint;
import dev.mixed.train.checkpoint.CheckpointFolder;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a run starts from: its own last checkpoint, a model, or random weights where there is neither.
 *
 * @param resumed the run's folder, whose last checkpoint it is
 * @param model   as the user named it
 * @param source  the folder of that model
 */
record RunOrigin(@Nullable RunFolder resumed, @Nullable String model, @Nullable Path source) {
    /** Random weights. */
    static final RunOrigin PRESET = new RunOrigin(null, null, null);

    private static final long[] NOTHING = {};

    /**
     * A run that was stopped before its first checkpoint is resumed from its beginning, which gives the same numbers.
     *
     * @param folder the run's; null if it is not known yet, and the run is not resumed
     * @param models finds the folder of a model, perhaps by a download
     */
    static RunOrigin of(RunOptions options, @Nullable RunFolder folder, Function<String, Path> models) {
        if (options.folder().resume()) {
            RunFolder known = Objects.requireNonNull(folder, "a run that is resumed has a folder");
            known.recover();
            if (known.canResume()) {
                return new RunOrigin(known, null, null);
            }
        }
        String name = options.model().name();
        if (name == null) {
            return PRESET;
        }
        Path source = models.apply(name);
        Checkpoint.requireModel(source);
        return new RunOrigin(null, name, source);
    }

    /** Fingerprints of the texts that were learned before. */
    long[] earlier() {
        if (resumed != null) {
            return CheckpointFolder.trainingData(resumed.last()).map(TrainingData::earlier).orElse(NOTHING);
        }
        return source == null ? NOTHING : CheckpointFolder.trainingData(source).map(TrainingData::everLearned).orElse(NOTHING);
    }
}
