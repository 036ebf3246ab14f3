// SPDX-License-Identifier: Apache-2.0
package dev.mixed.spark.process;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The command {@code mixed} on this machine, which finds its JDK, TornadoVM and the flags of both by itself. */
public final class MixedCommand {
    /** Names the folder with the command in it. */
    public static final String HOME = "MIXED_HOME";

    /**
     * Starts the command and kills it when standard input ends, be it closed or be it that its owner is gone: whoever is killed kills nothing any more.
     * The command itself has an empty standard input.
     */
    private static final String GUARDED = "exec 3<&0; \"$@\" </dev/null & child=$!;"
            + " (cat <&3 >/dev/null 2>&1; kill -9 $child) 2>/dev/null & guard=$!;"
            + " exec 3<&-; wait $child; code=$?; kill $guard 2>/dev/null; exit $code";

    private MixedCommand() {
    }

    /**
     * Where the command is: as it was named, in the folder of MIXED_HOME, or on the PATH.
     *
     * @param named null for nothing named
     * @throws MixedException if it is nowhere
     */
    public static Path find(@Nullable String named) {
        return find(named, System.getenv());
    }

    static Path find(@Nullable String named, Map<String, String> environment) {
        if (named != null && !named.isEmpty()) {
            Path command = Path.of(named);
            if (!Files.isExecutable(command) || Files.isDirectory(command)) {
                throw new MixedException("'" + named + "' is no command on " + Hosts.local() + "; name miXed's file 'mixed' as it stands on every machine.");
            }
            return command.toAbsolutePath();
        }
        String home = environment.get(HOME);
        if (home != null && !home.isEmpty()) {
            Path command = Path.of(home, "mixed");
            if (!Files.isExecutable(command)) {
                throw new MixedException(HOME + " is '" + home + "' on " + Hosts.local() + ", where no command 'mixed' is; set it to a folder with miXed.");
            }
            return command.toAbsolutePath();
        }
        for (String folder : environment.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator))) {
            Path command = Path.of(folder, "mixed");
            if (!folder.isEmpty() && Files.isExecutable(command) && !Files.isDirectory(command)) {
                return command.toAbsolutePath();
            }
        }
        throw new MixedException("miXed is not found on " + Hosts.local() + ": install it there, and set " + HOME + " to its folder (for executors:"
                + " spark.executorEnv." + HOME + ").");
    }

    /** The command with arguments, to be started. */
    public static ProcessBuilder of(Path command, List<String> arguments) {
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(arguments);
        return new ProcessBuilder(line);
    }

    /** As {@link #of}, of a process that is killed when its standard input is closed, or this JVM ends in whatever way; it reads nothing itself. */
    public static ProcessBuilder guarded(Path command, List<String> arguments) {
        List<String> line = new ArrayList<>(List.of("sh", "-c", GUARDED, "sh", command.toString()));
        line.addAll(arguments);
        return new ProcessBuilder(line);
    }

    /** Kills a guarded process, or any other. */
    public static void kill(Process process) {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended by itself.
        }
        if (process.isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** The sentence that a command has ended with, of the lines that it printed; the last line where none is one. */
    public static String sentence(List<String> lines) {
        String prefix = "mixed: ";
        for (int i = lines.size() - 1; i >= 0; i--) {
            if (lines.get(i).startsWith(prefix)) {
                return lines.get(i).substring(prefix.length());
            }
        }
        return lines.isEmpty() ? "it said nothing" : lines.get(lines.size() - 1);
    }
}
