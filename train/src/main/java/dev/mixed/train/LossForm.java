// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.io.UsageException;
import dev.mixed.train.data.Target;
import dev.mixed.train.run.ClassWeights;
import dev.mixed.train.run.LossOptions;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a run changes about the cross entropy that a task is trained by.
 *
 * @param smoothing    part of each label that all classes share, from 0 to below 1
 * @param classWeights what each class counts, each above 0; empty for 1 each
 */
public record LossForm(double smoothing, List<Double> classWeights) {
    public LossForm {
        if (!(smoothing >= 0 && smoothing < 1)) {
            throw new IllegalArgumentException("label smoothing is from 0 to below 1, not " + smoothing);
        }
        classWeights = List.copyOf(classWeights);
        if (!classWeights.stream().allMatch(weight -> weight > 0 && weight < Float.MAX_VALUE)) {
            throw new IllegalArgumentException("weights of classes are finite numbers above 0, not " + classWeights);
        }
    }

    /** Whether nothing is changed. */
    public boolean isPlain() {
        return smoothing == 0 && classWeights.isEmpty();
    }

    /**
     * What options ask for; a {@link UsageException} where they do not fit the task's classes.
     *
     * @param train the targets that are learned
     */
    static LossForm of(LossOptions options, Task<?> task, Stream<Target> train) {
        ClassWeights weights = options.classWeights();
        if (weights == null) {
            return new LossForm(options.smoothing(), List.of());
        }
        List<String> classes = task.classNames();
        if (classes.isEmpty()) {
            throw new UsageException("--class-weights is for classes of texts and tags of words, which this task has none of; leave it out.");
        }
        return new LossForm(options.smoothing(), weights.of(classes, counts(train, classes.size())));
    }

    private static long[] counts(Stream<Target> train, int classes) {
        long[] counts = new long[classes];
        train.forEach(target -> {
            switch (target) {
                case Target.OfClass(int index) -> counts[index]++;
                case Target.Tags(List<Integer> indices) -> indices.forEach(index -> counts[index]++);
                default -> throw new IllegalArgumentException("a text has no class but " + target);
            }
        });
        return counts;
    }
}
