// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs main methods in JVMs of their own, which may be killed. */
final class ChildJvm {
    private ChildJvm() {
    }

    /** Starts {@code main} with the flags that miXed needs and further ones; what it prints, on either stream, fits the pipe that nobody need read. */
    static Process start(List<String> flags, Class<?> main, List<String> arguments) throws IOException {
        return builder(flags, main, arguments).redirectErrorStream(true).start();
    }

    /** As {@link #start}, before its start. */
    static ProcessBuilder builder(List<String> flags, Class<?> main, List<String> arguments) {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true", "-cp", classPath));
        command.addAll(flags);
        command.add(main.getName());
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }
}
