// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.train.EpochResult;
import dev.mixed.train.LossScale;
import dev.mixed.train.RunSetup;
import dev.mixed.train.Trainer;
import dev.mixed.train.TrainingListener;
import dev.mixed.train.run.RunOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** The part in a training run of a rank other than the first: it computes, and keeps a log. */
final class RankFollower {
    private static final Path NO_FOLDER = Path.of("runs");

    private final CommandLine line;
    private final RankSession session;

    RankFollower(CommandLine line, RankSession session) {
        this.line = line;
        this.session = session;
    }

    /** Trains and scores; the exit code. */
    int train(RunSetup setup, RunOptions options, Interruption interruption) {
        PrintWriter out = line.getOut();
        // It writes no model: where rank 0 does is known when all ranks have agreed to begin.
        RunSetup in = options.folder().resume() ? setup : setup.in(Objects.requireNonNullElse(options.folder().output(), NO_FOLDER));
        Trainer trainer = in.trainer();
        in.notes().forEach(out::println);
        out.println(
                "rank " + session.group().rank() + " of " + session.group().size() + ", process " + ProcessHandle.current().pid() + ", trains for the run in "
                        + session.folder(NO_FOLDER) + " from step " + trainer.stepsDone() + " of " + trainer.totalSteps() + " on" + in.together());
        interruption.stopBy(trainer::stop);
        boolean complete = trainer.run(new TrainingListener() {
            @Override
            public void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
                out.println(String.format(Locale.ROOT, "step %d, loss %.4f", step, loss));
            }

            @Override
            public void epochScored(EpochResult result) {
                throw new IllegalStateException("rank 0 alone scores");
            }
        });
        if (complete) {
            in.testTogether();
        }
        out.println(complete ? "done" : "stopped after step " + trainer.stepsDone());
        return complete ? 0 : Interruption.EXIT_CODE;
    }
}
