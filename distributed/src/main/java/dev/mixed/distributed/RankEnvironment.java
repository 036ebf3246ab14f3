// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.io.UserException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which rank a process is and where rank 0 is found, as {@code torchrun}, Slurm scripts and Kubernetes operators put it into the environment.
 *
 * @param rank       0 to {@code worldSize} - 1
 * @param worldSize  number of ranks
 * @param localRank  which of its machine's ranks it is, by which it chooses a GPU
 * @param masterAddr host of rank 0
 * @param masterPort where rank 0 listens there
 */
public record RankEnvironment(int rank, int worldSize, int localRank, String masterAddr, int masterPort) {
    private static final String RANK = "RANK";
    private static final String WORLD_SIZE = "WORLD_SIZE";
    private static final String LOCAL_RANK = "LOCAL_RANK";
    private static final String MASTER_ADDR = "MASTER_ADDR";
    private static final String MASTER_PORT = "MASTER_PORT";
    /** What {@code torchrun} takes for it where nothing is said. */
    public static final int DEFAULT_PORT = 29500;
    private static final int MOST_RANKS = 65536;

    public RankEnvironment {
        if (worldSize < 1 || rank < 0 || rank >= worldSize) {
            throw new UserException("RANK is " + rank + " and WORLD_SIZE " + worldSize + ": ranks count from 0 to WORLD_SIZE - 1; set both as they are to be.");
        }
        if (masterPort < 1 || masterPort > 65535) {
            throw new UserException("MASTER_PORT must be a whole number from 1 to 65535, not '" + masterPort + "'; set it to a free port of rank 0's machine.");
        }
    }

    /**
     * What an environment says.
     *
     * @return empty where it says nothing of ranks: neither RANK nor WORLD_SIZE is set
     * @throws UserException where a value is missing or none
     */
    public static Optional<RankEnvironment> of(Map<String, String> environment) {
        if (!environment.containsKey(RANK) && !environment.containsKey(WORLD_SIZE)) {
            return Optional.empty();
        }
        List<String> missing = List.of(RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT).stream().filter(name -> isBlank(environment.get(name))).toList();
        if (!missing.isEmpty()) {
            throw new UserException("The environment names a rank, but " + String.join(", ", missing) + (missing.size() == 1 ? " is" : " are")
                    + " not set: a rank needs RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT; set all, or none of them for a run of one process.");
        }
        int rank = number(environment, RANK, MOST_RANKS);
        int local = isBlank(environment.get(LOCAL_RANK)) ? rank : number(environment, LOCAL_RANK, MOST_RANKS);
        return Optional.of(new RankEnvironment(rank, number(environment, WORLD_SIZE, MOST_RANKS), local, environment.getOrDefault(MASTER_ADDR, "").strip(),
                number(environment, MASTER_PORT, 65535)));
    }

    private static boolean isBlank(@Nullable String value) {
        return value == null || value.isBlank();
    }

    private static int number(Map<String, String> environment, String name, int most) {
        String value = environment.getOrDefault(name, "").strip();
        try {
            int number = Integer.parseInt(value);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new UserException(name + " in the environment must be a whole number from 0 to " + most + ", not '" + value + "'; set it as rank, number of"
                + " ranks or port.");
    }

    /** As the environment of a process has it. */
    public Map<String, String> variables() {
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put(RANK, String.valueOf(rank));
        variables.put(WORLD_SIZE, String.valueOf(worldSize));
        variables.put(LOCAL_RANK, String.valueOf(localRank));
        variables.put(MASTER_ADDR, masterAddr);
        variables.put(MASTER_PORT, String.valueOf(masterPort));
        return variables;
    }
}
