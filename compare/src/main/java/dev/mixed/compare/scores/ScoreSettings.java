// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.scores;

import dev.mixed.bert.config.Preset;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What both sides of a comparison of scores are told.
 *
 * @param data    the folder of the data sets
 * @param vocab   a vocab.txt
 * @param preset  of a model that starts from random weights
 * @param lr      highest learning rate of AdamW, after a rise over a tenth of the steps and before a linear fall to 0
 * @param length  longest input in tokens
 * @param amp     mixed precision rather than FP32
 * @param seeds   a run each, two at least
 * @param epochs  null: the task's own
 * @param samples the first so many texts of each split alone; null: all
 */
public record ScoreSettings(Path data, Path vocab, Preset preset, double lr, int length, boolean amp, List<Long> seeds, @Nullable Integer epochs,
        @Nullable Integer samples) {
    static final double WARMUP = 0.1;
    static final double DECAY = 0.01;
    static final double CLIP = 1;
    static final double DROPOUT = 0.1;

    int epochs(ScoreTask task) {
        return epochs == null ? task.epochs() : epochs;
    }
}
