// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * Runs some commands on a tiny model, of which nothing is kept: {@code ./mixed} lets a JVM watch, which archives the classes that a start needs, so that
 * later ones find them there.
 */
final class Rehearsal {
    private static final int TEXTS = 60;

    private Rehearsal() {
    }

    public static void main(String[] args) throws IOException {
        StandardError.restore();
        System.exit(run(Files.createTempDirectory("mixed-rehearsal")));
    }

    /** The exit code of the first command that fails, or 0; {@code folder} is gone afterwards. */
    static int run(Path folder) throws IOException {
        try {
            Path texts = Files.writeString(folder.resolve("texts.csv"), texts(0));
            Path more = Files.writeString(folder.resolve("more.csv"), texts(TEXTS));
            String run = folder.resolve("run").toString();
            for (List<String> command : List.of(
                    List.of("train", "--device", "jvm", "--preset", "tiny", "--data", texts.toString(), "--epochs", "1", "--length", "16", "--output", run),
                    List.of("predict", "--device", "jvm", "--model", run, "a text"),
                    List.of("predict", "--device", "jvm", "--model", run, "--format", "json", "a text of more words", "another"),
                    List.of("eval", "--device", "jvm", "--model", run, "--data", more.toString()),
                    List.of("--help"))) {
                CommandLine line = Main.commandLine(command.getFirst()).setOut(nowhere()).setErr(nowhere());
                int code = line.execute(command.toArray(String[]::new));
                if (code != 0) {
                    return code;
                }
            }
            return 0;
        } finally {
            delete(folder);
        }
    }

    /** Rows of two classes, none of which any other {@code first} gives. */
    private static String texts(int first) {
        StringBuilder rows = new StringBuilder("text,label\n");
        for (int i = first; i < first + TEXTS; i++) {
            rows.append(i % 2 == 0 ? "rain and wind on day " : "bread and cheese on day ").append(i).append(i % 2 == 0 ? ",weather\n" : ",food\n");
        }
        return rows.toString();
    }

    private static PrintWriter nowhere() {
        return new PrintWriter(Writer.nullWriter());
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
