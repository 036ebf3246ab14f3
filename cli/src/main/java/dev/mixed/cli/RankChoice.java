// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.distributed.RankEnvironment;
import dev.mixed.io.UsageException;
import dev.mixed.train.run.RunOptions;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * Over how many ranks a run goes: those that this command starts, or those of which something else has started this process as one.
 *
 * @param typed       number of ranks on the command line; null for none
 * @param environment which rank this process is; empty for one by itself
 * @param variables   of its environment
 */
record RankChoice(@Nullable Integer typed, Optional<RankEnvironment> environment, Map<String, String> variables) {

    /**
     * What was typed.
     *
     * @param given options as typed, of which {@code --gpus} adds two
     * @param gpus  value of {@code --gpus}; null without it
     */
    static RankChoice of(Map<String, Object> given, @Nullable Integer gpus, Map<String, String> variables) {
        if (gpus != null) {
            if (given.containsKey("ranks")) {
                throw new UsageException("--gpus " + gpus + " stands for --ranks " + gpus + " --device gpu: give only one of --gpus and --ranks.");
            }
            Object device = given.getOrDefault("device", "gpu");
            if (!"gpu".equals(device.toString())) {
                throw new UsageException("--gpus " + gpus + " contradicts --device " + device + ": leave one of them out.");
            }
            given.put("ranks", String.valueOf(gpus));
            given.put("device", "gpu");
        }
        Integer typed = given.get("ranks") == null ? null : (Integer) RunOptions.defaults().with("ranks", given.get("ranks")).ranks().count();
        return new RankChoice(typed, RankEnvironment.of(variables).filter(rank -> rank.worldSize() > 1), variables);
    }

    /** The options of a run that starts on these ranks; one that is resumed keeps those that it was started with. */
    RunOptions applied(RunOptions options) {
        RunOptions applied = options;
        if (environment.isPresent()) {
            int size = environment.get().worldSize();
            if (typed != null && typed != size) {
                throw new UsageException(
                        "--ranks " + typed + " contradicts WORLD_SIZE " + size + " in the environment, which says that this process is one of as"
                                + " many; leave --ranks out.");
            }
            applied = options.folder().resume() ? options : options.with("ranks", size);
        }
        if (options.repeats().several() && (environment.isPresent() || launched(options) > 1)) {
            throw new UsageException("--seeds and --folds are several runs, each of one rank: leave --ranks out, or start the runs one by one with --seed or"
                    + " --fold.");
        }
        return applied;
    }

    /** How many ranks this command is to start; 1 where it computes itself. */
    int launched(RunOptions options) {
        return environment.isPresent() ? 1 : typed != null ? typed : options.ranks().count();
    }

    /** This process's part in the ranks of its environment, which it joins. */
    RankSession session(CommandLine line) {
        return environment.map(rank -> RankSession.join(rank, variables, line)).orElseGet(() -> RankSession.single(line));
    }
}
