// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.io.UsageException;
import dev.mixed.io.UserException;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.Folds;
import dev.mixed.train.data.HeldOutTexts;
import dev.mixed.train.run.DataColumns;
import dev.mixed.train.run.RepeatOptions;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.TaskKind;
import dev.mixed.weights.hub.DatasetHub;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The texts that a run's options name.
 *
 * @param columns in which they were found
 * @param all     those of the run's fold, and no more than the options want
 * @param given   whether the parts were given as such, and not cut from one file
 */
record RunTexts(DataColumns columns, Dataset all, boolean given) {
    /** @param datasets finds the folder of a data set on the hub, perhaps by a download */
    static RunTexts of(RunOptions options, Function<String, Path> datasets, List<String> notes) {
        if (options.data().path() == null && !options.data().columns().isDefault()) {
            throw new UsageException("--text-column, --pair-column, --label-column, --delimiter and --no-header say how a file is read; give it with --data.");
        }
        Path named = options.data().path();
        Path files = named != null && DatasetHub.isName(named.toString()) ? datasets.apply(named.toString()) : named;
        Dataset.Found found = files == null ? new Dataset.Found(bundled(options.data().task()), DataColumns.DEFAULT)
                : Dataset.find(files, options.compute().seed(), options.data().columns(), options.data().task(), notes::add);
        boolean given = files == null || Dataset.isFolderOfSplits(files);
        Dataset all = folded(found.dataset(), given, options, notes).first(options.data().maxTrain(), options.data().maxValidation(), options.data().maxTest());
        EmbeddingSetup.require(options, all);
        EmbeddingSetup.tell(options, all, notes);
        if (all.validation().isEmpty() || all.test().isEmpty()) {
            throw new UserException("'" + named + "' has no " + (all.test().isEmpty() ? "test" : "validation")
                    + " texts; training needs train, validation and test files, or one file that is large enough to split.");
        }
        return new RunTexts(found.columns(), all, given);
    }

    private static Dataset bundled(TaskKind task) {
        if (task != TaskKind.AUTO && task != TaskKind.CLASSIFICATION) {
            throw new UsageException("--task " + RunOptions.label(task) + " needs --data: the small data set that comes with miXed has classes.");
        }
        return Dataset.bundled();
    }

    /** The texts of one fold, if the run is one of several. */
    private static Dataset folded(Dataset all, boolean given, RunOptions options, List<String> notes) {
        RepeatOptions repeats = options.repeats();
        Integer folds = repeats.folds();
        if (repeats.several()) {
            throw new UsageException("--seeds and --folds are several runs, and this is one: give --seed, or --fold with --folds.");
        }
        return folds == null ? all : Folds.of(all, given, folds, Objects.requireNonNull(repeats.fold()), options.compute().seed(), notes::add);
    }

    /** These texts, of which none is held out that a model learned before; {@code folds} as the options have them. */
    Dataset apart(@Nullable Integer folds, long[] earlier, List<String> notes) {
        return HeldOutTexts.of(all, given && folds == null, earlier, notes);
    }
}
