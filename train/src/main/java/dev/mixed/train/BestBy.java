// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Target;
import dev.mixed.train.metrics.Scores;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * By what the best model of a run is chosen.
 *
 * @param metric name of a score, or {@link Scores#LOSS}; null for the task's own
 */
record BestBy(@Nullable String metric) {
    /** What Hugging Face's trainer has before the names of scores on validation texts. */
    private static final String EVAL = "eval_";
    /** Beyond any score. */
    private static final double NO_NUMBER = 1e200;
    /** Beyond any loss that tells models apart. */
    private static final double NO_LOSS = 1e9;

    /** What {@code --metric} asks for; a {@link UsageException} where the task has no such score. */
    static BestBy of(@Nullable String asked, Task<?> task) {
        String metric = asked == null ? null : asked.replaceFirst("^" + EVAL, "");
        if (metric != null && !metric.equals(Scores.LOSS) && !task.scores().contains(metric)) {
            throw new UsageException("--metric must be one of " + String.join(", ", Stream.concat(task.scores().stream(), Stream.of(Scores.LOSS)).toList())
                    + ", not '" + asked + "'.");
        }
        return new BestBy(metric);
    }

    /** Refuses a score that was asked for and that can be no number on the validation texts, with a {@link UsageException}. */
    void require(Task<?> task, List<Target> validation) {
        if (metric != null && !metric.equals(Scores.LOSS)) {
            task.missing(metric, validation).ifPresent(why -> {
                throw new UsageException(
                        "--metric " + metric + " can be no number on the validation texts, for " + why + "; choose another, or other validation"
                                + " texts.");
            });
        }
    }

    /** Name of the score that decides. */
    String name(Evaluation evaluation) {
        return metric == null ? evaluation.scores().main() : metric;
    }

    /**
     * That score, turned where needed so that greater is better. One that is no number, such as a correlation with texts that all have one score, is worse
     * than any that is; of several such, that of the least loss is the best.
     */
    double score(Evaluation evaluation) {
        if (metric == null) {
            double score = evaluation.scores().score();
            // What scores say where theirs is none.
            return Double.isNaN(score) || score == -Double.MAX_VALUE ? withoutNumber(evaluation) : score;
        }
        Double score = metric.equals(Scores.LOSS) ? Double.valueOf(evaluation.loss()) : evaluation.scores().all().get(metric);
        if (score == null) {
            throw new UserException("The validation texts have no " + metric + ", since they do not show what it takes, such as all classes; choose another"
                    + " --metric in a new run.");
        }
        return Double.isNaN(score) ? withoutNumber(evaluation) : evaluation.scores().lessIsBetter(metric) ? -score : score;
    }

    private static double withoutNumber(Evaluation evaluation) {
        return -NO_NUMBER * (1 + Math.min(evaluation.loss(), NO_LOSS));
    }

    /** The scores that are shown of each scoring: those that the task follows, and this one as the last. */
    List<String> shown(Task<?> task) {
        return metric == null || metric.equals(Scores.LOSS) ? task.followed()
                : Stream.concat(task.followed().stream().filter(name -> !name.equals(metric)), Stream.of(metric)).toList();
    }
}
