// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.io.UserException;
import java.time.Duration;
import java.util.Map;

/**
 * How long ranks wait for each other.
 *
 * @param join    for all ranks to come together
 * @param silence for a sign of life of a rank, before it counts as lost
 */
public record RankTimes(Duration join, Duration silence) {
    /** Machines of a cluster start at their own pace; a JVM that collects garbage is silent for a second or two. */
    public static final RankTimes DEFAULT = new RankTimes(Duration.ofMinutes(5), Duration.ofSeconds(10));
    /** Seconds for all ranks to come together, in the environment. */
    public static final String JOIN_SECONDS = "MIXED_JOIN_SECONDS";
    /** Seconds without a sign of life of a rank, in the environment. */
    public static final String SILENCE_SECONDS = "MIXED_SILENCE_SECONDS";
    private static final int MOST_SECONDS = 86_400;

    /** The default, with what an environment says of it. */
    public static RankTimes of(Map<String, String> environment) {
        return new RankTimes(seconds(environment, JOIN_SECONDS, DEFAULT.join, "how many seconds ranks wait for each other at the start"),
                seconds(environment, SILENCE_SECONDS, DEFAULT.silence, "after how many seconds without a sign of life a rank counts as lost"));
    }

    private static Duration seconds(Map<String, String> environment, String name, Duration otherwise, String what) {
        String given = environment.getOrDefault(name, "").strip();
        if (given.isEmpty()) {
            return otherwise;
        }
        NumberFormatException unread = null;
        try {
            int seconds = Integer.parseInt(given);
            if (seconds > 0 && seconds <= MOST_SECONDS) {
                return Duration.ofSeconds(seconds);
            }
        } catch (NumberFormatException e) {
            unread = e;
        }
        throw new UserException(name + " in the environment must be a whole number from 1 to " + MOST_SECONDS + ", not '" + given + "'; set " + what + ".",
                unread);
    }

    /** Time between two signs of life. */
    Duration beat() {
        return silence.dividedBy(8);
    }
}
