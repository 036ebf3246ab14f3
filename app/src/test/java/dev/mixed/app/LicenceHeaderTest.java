// SPDX-License-Identifier: Apache-2.0
package dev.mixed.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every source file says under which licence it is. */
class LicenceHeaderTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final String LICENCE = "SPDX-License-Identifier: Apache-2.0";

    @Test
    void everySourceNamesItsLicence() throws IOException {
        List<Path> sources;
        try (Stream<Path> files = Files.walk(PROJECT)) {
            sources = files.filter(f -> f.toString().matches(".*\\.(java|py|sh)") || f.endsWith("mixed") && Files.isRegularFile(f))
                    .filter(f -> !f.toString().contains("/target/") && !PROJECT.relativize(f).startsWith("runs")).toList();
        }
        assertTrue(sources.size() > 500, sources.size() + " sources");
        List<Path> without = sources.stream().filter(f -> !names(f)).map(PROJECT::relativize).sorted().toList();
        assertEquals(List.of(), without, "the first lines of a source hold '" + LICENCE + "'");
    }

    private static boolean names(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.limit(3).anyMatch(line -> line.contains(LICENCE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
