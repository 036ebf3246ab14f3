// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.distributed.RankEnvironment;
import dev.mixed.io.UsageException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** Over how many processes a command that trains nothing computes: a picocli mix-in. */
final class RankArguments {
    private static final int MOST = 4096;

    @Option(names = "--ranks", paramLabel = "<n>", description = "compute in so many processes of this machine, with a GPU each where there are GPUs; the numbers"
            + " are the same")
    private @Nullable Integer ranks;

    @Option(names = "--gpus", paramLabel = "<n>", description = "compute on so many GPUs of this machine: --ranks <n> --device gpu")
    private @Nullable Integer gpus;

    /** What one rank does. */
    @FunctionalInterface
    interface Work {
        /** The exit code. */
        int run(RankSession session) throws Exception;
    }

    /** Runs a command's work in this process, or in those that were asked for; the exit code. */
    int run(CommandLine line, DeviceArguments device, Work work) throws Exception {
        if (gpus != null) {
            if (ranks != null) {
                throw new UsageException("--gpus " + gpus + " stands for --ranks " + gpus + " --device gpu: give only one of --gpus and --ranks.");
            }
            device.requireGpu("--gpus " + gpus);
        }
        Integer given = gpus != null ? gpus : ranks;
        if (given != null && (given < 1 || given > MOST)) {
            throw new UsageException((gpus != null ? "--gpus" : "--ranks") + " must be a whole number from 1 to " + MOST + ", not '" + given + "'.");
        }
        Optional<RankEnvironment> environment = RankEnvironment.of(System.getenv()).filter(rank -> rank.worldSize() > 1);
        if (environment.isPresent() && given != null && given != environment.get().worldSize()) {
            throw new UsageException("--ranks " + given + " contradicts WORLD_SIZE " + environment.get().worldSize()
                    + " in the environment, which says that this process is one of as many; leave --ranks out.");
        }
        if (environment.isEmpty() && given != null && given > 1) {
            return new RankLauncher(given, device.mayBeGpu(), System.getenv(), line.getErr())
                    .run(line.getParseResult().commandSpec().root().commandLine().getParseResult().originalArgs());
        }
        try (RankSession session = environment.map(rank -> RankSession.join(rank, System.getenv(), line)).orElseGet(() -> RankSession.single(line))) {
            return session.run(() -> work.run(session), folder -> "Give the command again.");
        }
    }

    /** Whether several processes are to compute. */
    boolean several() {
        return gpus != null && gpus > 1 || ranks != null && ranks > 1 || RankEnvironment.of(System.getenv()).filter(rank -> rank.worldSize() > 1).isPresent();
    }
}
