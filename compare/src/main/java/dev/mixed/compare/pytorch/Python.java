// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.pytorch;

import dev.mixed.io.UserException;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Finds a Python that has torch. */
public final class Python {
    private static final int NO_TORCH = 3;
    /** Looks for torch without the seconds that importing it takes. */
    private static final String CHECK = "import importlib.util, sys; sys.exit(0 if importlib.util.find_spec('torch') else " + NO_TORCH + ")";
    private static final int PATIENCE_SECONDS = 60;

    private Python() {
    }

    /**
     * The command of a Python with torch.
     *
     * @param chosen what the user named, which must have torch; null to try {@code $PYTHON}, then {@code python3} and {@code python} on the path
     */
    public static Optional<String> withTorch(@Nullable String chosen) {
        if (chosen != null) {
            Integer code = check(chosen);
            if (code == null) {
                throw new UserException("--python " + chosen + " cannot be run; name a Python interpreter that has torch.");
            }
            if (code != 0) {
                throw new UserException("--python " + chosen + " has no torch; install it there (pip install torch) or name another interpreter.");
            }
            return Optional.of(chosen);
        }
        return candidates().stream().filter(command -> Integer.valueOf(0).equals(check(command))).findFirst();
    }

    private static List<String> candidates() {
        List<String> commands = new ArrayList<>();
        String named = System.getenv("PYTHON");
        if (named != null && !named.isBlank()) {
            commands.add(named);
        }
        // Of several on the path, the first may lack what a later one has.
        for (String name : List.of("python3", "python")) {
            for (String folder : Optional.ofNullable(System.getenv("PATH")).orElse("").split(File.pathSeparator)) {
                File file = new File(folder, name);
                if (!folder.isBlank() && file.isFile() && file.canExecute()) {
                    commands.add(file.getPath());
                }
            }
        }
        return commands;
    }

    /** The exit code of the check; null if there is no such program. */
    private static @Nullable Integer check(String command) {
        try {
            Process process = new ProcessBuilder(command, "-c", CHECK).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return null;
            }
            return process.exitValue();
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
