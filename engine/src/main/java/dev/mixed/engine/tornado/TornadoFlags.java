// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.Map;

/**
 * TornadoVM's settings that programs of hundreds of tasks need. Its defaults truncate such a graph, replay it slowly, or fall back to
 * sequential Java without a word.
 *
 * <p>TornadoVM reads a setting when one of its classes is first used, so {@link #apply} comes before anything else. What the user has set on
 * the command line stays, but for the fallback.
 */
public final class TornadoFlags {
    private static final String FALLBACK = "tornado.recover.bailout";
    private static final Map<String, String> DEFAULTS = Map.of(
            // A kernel that does not compile must stop the program.
            FALLBACK, "false",
            // Bytes of bytecode for one task graph; the default holds 45 tasks.
            "tornado.tvm.maxbytecodesize", "262144",
            // Length of the event lists that the host refills at each execution; the default of 32768 makes a replayed task ten times slower.
            "tornado.max.events", "256",
            // Events of one capture.
            "tornado.eventpool.size", "16384",
            // TornadoVM's own limit on the device's memory; the device's real one is checked before anything is compiled.
            "tornado.device.memory", "1024GB",
            // Of an SDK with both backends, the one that is tuned first; without an order, TornadoVM takes either.
            "tornado.cuda.priority", "10",
            // TornadoVM looks for @Reduce in each task, which no kernel here has, for seconds in all.
            "tornado.experimental.reduce", "false",
            // Memory that TornadoVM registers with the driver stays registered when it is freed. An array that comes to lie there in part can't be copied,
            // and TornadoVM prints so and goes on with what was on the device before. Copies from memory that was never registered are slower, but done.
            "tornado.cuda.host.pinning", "false",
            // Graal's limit on a method that a kernel calls, in nodes, twice of which TornadoVM allows; a tile of a matrix product has more than 600.
            "jdk.graal.MaximumInliningSize", "2000");

    private TornadoFlags() {
    }

    /** Sets what is not set yet. */
    public static void apply() {
        DEFAULTS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        System.setProperty(FALLBACK, "false");
    }

    /** The settings and their values, as a launcher passes them. */
    public static Map<String, String> defaults() {
        return DEFAULTS;
    }
}
