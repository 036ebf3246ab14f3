// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Pooling;
import dev.mixed.bert.config.VectorSettings;
import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.Target;
import dev.mixed.train.run.Freeze;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import dev.mixed.train.run.TaskOptions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a run's options say of the vectors that it is to learn. */
final class EmbeddingSetup {
    private static final Pattern RANGE = Pattern.compile("\\s*(-?\\d+(?:\\.\\d+)?)\\s*,\\s*(-?\\d+(?:\\.\\d+)?)\\s*");

    private EmbeddingSetup() {
    }

    /** Refuses options that a task has no use for, and those of vectors that the data do not allow. */
    static void require(RunOptions options, Dataset data) {
        boolean any = options.task().loss() != TaskOptions.Loss.AUTO || options.task().pooling() != TaskOptions.PoolingChoice.AUTO || options.task().normalize()
                || options.task().scoreRange() != null;
        if (data.task() != TaskKind.EMBEDDINGS) {
            if (any) {
                throw new UsageException("--loss, --pooling, --normalize and --score-range are for --task embeddings: leave them out.");
            }
            return;
        }
        VectorSettings.Loss loss = loss(options, data);
        if (loss == VectorSettings.Loss.COSINE && !isScored(data.train())) {
            throw new UserException(data.name() + " has no scores, which --loss cosine needs: give each pair one in a column label or score, or leave out"
                    + " --loss.");
        }
        if (loss == VectorSettings.Loss.CONTRASTIVE && options.task().scoreRange() != null) {
            throw new UsageException("--score-range is for --loss cosine, which learns scores: leave it out.");
        }
        if (loss == VectorSettings.Loss.CONTRASTIVE && options.batches().size() < 2) {
            throw new UsageException("--loss contrastive tells the second text of a pair from those of the other pairs of its batch: give --batch 2 or more.");
        }
        VectorSettings settings = new VectorSettings(Pooling.MEAN, false, loss, range(options)[0], range(options)[1]);
        for (List<LabeledText> split : List.of(data.train(), data.validation(), data.test())) {
            EmbeddingTask.requireScores(settings, split);
        }
    }

    /** Refuses to freeze all of a model that is an encoder alone. */
    static void requireLearning(RunOptions options, Task<?> task) {
        Freeze freeze = options.optimizer().freeze();
        if (task instanceof EmbeddingTask && freeze != null && freeze.layers() == task.model().encoderParts().size() - 1) {
            throw new UsageException("--freeze " + freeze + " leaves nothing to learn: vectors of texts come from the last layer; freeze fewer.");
        }
    }

    /** What the user should know of the choice. */
    static void tell(RunOptions options, Dataset data, List<String> notes) {
        if (data.task() != TaskKind.EMBEDDINGS) {
            return;
        }
        boolean scored = isScored(data.train());
        if (options.task().loss() == TaskOptions.Loss.AUTO) {
            notes.add(scored ? "The pairs of " + data.name() + " have scores, which their cosines are to be: --loss cosine."
                    : "The pairs of " + data.name() + " have no scores: each is told from the others of its batch, --loss contrastive.");
        } else if (scored && options.task().loss() == TaskOptions.Loss.CONTRASTIVE) {
            notes.add("--loss contrastive takes the texts of each pair for alike, whatever its score.");
        }
    }

    /** The encoder of a configuration, to give vectors. */
    static BertConfig config(BertConfig encoder, RunOptions options, Dataset data) {
        Pooling pooling = switch (options.task().pooling()) {
            case AUTO -> encoder.hasVectors() ? encoder.vectors().pooling() : Pooling.MEAN;
            case MEAN -> Pooling.MEAN;
            case CLS -> Pooling.CLS;
        };
        return encoder.withVectors(new VectorSettings(pooling, options.task().normalize(), loss(options, data), range(options)[0], range(options)[1]));
    }

    /** The task as it is scored on these data. */
    static Task<?> scored(Task<?> task, Dataset data) {
        return task instanceof EmbeddingTask embedding ? new EmbeddingTask(embedding.model(), embedding.settings(), isScored(data.validation())) : task;
    }

    private static VectorSettings.Loss loss(RunOptions options, Dataset data) {
        return switch (options.task().loss()) {
            case AUTO -> isScored(data.train()) ? VectorSettings.Loss.COSINE : VectorSettings.Loss.CONTRASTIVE;
            case COSINE -> VectorSettings.Loss.COSINE;
            case CONTRASTIVE -> VectorSettings.Loss.CONTRASTIVE;
        };
    }

    private static boolean isScored(List<LabeledText> pairs) {
        return !pairs.isEmpty() && pairs.getFirst().target() instanceof Target.Score;
    }

    private static double[] range(RunOptions options) {
        String given = options.task().scoreRange();
        if (given == null) {
            return new double[] {0, 1};
        }
        Matcher numbers = RANGE.matcher(given);
        double[] range = numbers.matches() ? new double[] {Double.parseDouble(numbers.group(1)), Double.parseDouble(numbers.group(2))} : new double[2];
        if (!(range[0] < range[1])) {
            throw new UsageException("--score-range must be the lowest and the highest score with a comma between them, such as 1,5, not '" + given + "'.");
        }
        return range;
    }
}
