// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.run;

import dev.mixed.autograd.optim.ConstantSchedule;
import dev.mixed.autograd.optim.CosineSchedule;
import dev.mixed.autograd.optim.CosineWithRestartsSchedule;
import dev.mixed.autograd.optim.InverseSqrtSchedule;
import dev.mixed.autograd.optim.LRScheduler;
import dev.mixed.autograd.optim.LinearSchedule;
import dev.mixed.autograd.optim.PolynomialSchedule;
import dev.mixed.io.UsageException;
import org.jspecify.annotations.Nullable;

// @formatter:off: each option and the component under it read as a row of a table.
/** How long a run trains, and the learning rate over its steps. One row is one option, see {@link RunOptions}. */
public record ScheduleOptions(
        @Option(name = "epochs", also = "num_train_epochs", value = "5", min = 1, max = 100_000, help = "passes over the training texts")
        int epochs,
        @Option(name = "max-steps", value = "0", min = -1, max = 100_000_000,
                help = "steps of the run, in place of --epochs: as many epochs as these take, the last one perhaps in part; 0 or -1: as --epochs says")
        int maxSteps,
        @Option(name = "lr", also = "learning_rate", value = "5e-4", min = 0, aboveMin = true, max = 1,
                help = "highest learning rate of AdamW; 5e-4 is for tiny, without --lr larger presets take 3e-4 (mini), 2e-4 (small) or 1e-4, and --model 2e-5")
        double lr,
        @Option(name = "scheduler", also = "lr_scheduler_type", value = "linear",
                help = "the learning rate after its rise, as transformers has it: linear or cosine down to 0; cosine_with_restarts, from the top"
                        + " --num-cycles times; polynomial, by a --power; constant, without a rise, or constant_with_warmup; inverse_sqrt of the steps")
        Scheduler scheduler,
        @Option(name = "warmup", also = "warmup_ratio", value = "0.1", min = 0, max = 1, help = "share of all steps in which the learning rate rises")
        double warmup,
        @Option(name = "warmup-steps", value = "0", min = 0, max = 100_000_000,
                help = "steps in which the learning rate rises, in place of --warmup; 0: as --warmup says")
        int warmupSteps,
        @Option(name = "num-cycles", min = 0, aboveMin = true, max = 10_000,
                help = "waves of --scheduler cosine, 0.5 without it, or falls of cosine_with_restarts, 1 without it")
        @Nullable Double numCycles,
        @Option(name = "power", also = {"lr_power", "poly_power"}, min = 0, aboveMin = true, max = 100, help = "power of --scheduler polynomial; 1 without it")
        @Nullable Double power,
        @Option(name = "lr-end", min = 0, max = 1, help = "learning rate at the end of --scheduler polynomial, below --lr; 1e-7 without it")
        @Nullable Double lrEnd) {
    // @formatter:on

    private static final double LR_END = 1e-7;

    public ScheduleOptions {
        boolean cosine = scheduler == Scheduler.COSINE || scheduler == Scheduler.COSINE_WITH_RESTARTS;
        boolean polynomial = scheduler == Scheduler.POLYNOMIAL;
        require(numCycles == null || cosine, "--num-cycles", "cosine or cosine_with_restarts", scheduler);
        require(power == null || polynomial, "--power", "polynomial", scheduler);
        require(lrEnd == null || polynomial, "--lr-end", "polynomial", scheduler);
        if (scheduler == Scheduler.COSINE_WITH_RESTARTS && numCycles != null && numCycles != Math.rint(numCycles)) {
            throw new UsageException("--num-cycles of --scheduler cosine_with_restarts must be a whole number, not " + numCycles + ".");
        }
        if (polynomial && end(lrEnd) >= lr) {
            throw new UsageException("--scheduler polynomial ends at --lr-end " + end(lrEnd) + ", which must be below --lr, " + lr + ".");
        }
        if (scheduler == Scheduler.CONSTANT && warmupSteps > 0) {
            throw constantRises("--warmup-steps " + warmupSteps);
        }
    }

    private static void require(boolean holds, String option, String of, Scheduler scheduler) {
        if (!holds) {
            throw new UsageException(option + " is for --scheduler " + of + ", not for " + RunOptions.label(scheduler) + "; leave one of them out.");
        }
    }

    private static double end(@Nullable Double lrEnd) {
        return lrEnd == null ? LR_END : lrEnd;
    }

    /** @param option that asks for a rise */
    static UsageException constantRises(String option) {
        return new UsageException("--scheduler constant has no warm-up, as " + option + " asks for; use constant_with_warmup, or leave the option out.");
    }

    /** The learning rate of a run of so many steps. */
    public LRScheduler over(int steps) {
        int rise = scheduler == Scheduler.CONSTANT ? 0 : warmupSteps > 0 ? warmupSteps : (int) Math.round(steps * warmup);
        if (rise > steps) {
            throw new UsageException("--warmup-steps " + rise + " is more than the " + steps + " steps of the whole run; give fewer, or a share of them by"
                    + " --warmup.");
        }
        return switch (scheduler) {
            case LINEAR -> new LinearSchedule(rise, steps);
            case COSINE -> new CosineSchedule(rise, steps, numCycles == null ? 0.5 : numCycles);
            case COSINE_WITH_RESTARTS -> new CosineWithRestartsSchedule(rise, steps, numCycles == null ? 1 : numCycles.intValue());
            case POLYNOMIAL -> new PolynomialSchedule(rise, steps, power == null ? 1 : power, end(lrEnd) / lr);
            case CONSTANT, CONSTANT_WITH_WARMUP -> new ConstantSchedule(rise, steps);
            case INVERSE_SQRT -> new InverseSqrtSchedule(rise, steps);
        };
    }
}
