// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Rows of data files that tests train on: a few, again and again, told apart by a number. */
final class Rows {
    private Rows() {
    }

    /** All lines so many times, with the number of the time in place of each {@code #}. */
    static List<String> repeated(int times, String... lines) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            for (String line : lines) {
                all.add(line.replace("#", String.valueOf(i)));
            }
        }
        return all;
    }

    /** Writes a file of a header and the rows six times. */
    static Path write(Path file, String header, String... rows) throws IOException {
        List<String> lines = new ArrayList<>(List.of(header));
        lines.addAll(repeated(6, rows));
        return Files.write(file, lines);
    }
}
