// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The files of native libraries that this process has loaded, as Linux tells them. */
public final class LoadedLibraries {
    private LoadedLibraries() {
    }

    /** The file whose path contains this; empty if none is loaded, or the system does not say. */
    public static Optional<Path> file(String part) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains(part)).map(line -> Path.of(line.substring(line.indexOf('/')))).findFirst();
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
