// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds the data that lies beside the repository (or where MIXED_SHARED says); tests that need it are skipped where it is absent. */
public final class SharedData {
    private SharedData() {}

    /** @param relative path below {@code ../shared}, such as {@code data/tweeteval/offensive} */
    public static Path require(String relative) {
        String given = System.getProperty("mixed.shared", System.getenv("MIXED_SHARED"));
        Path working = Path.of("").toAbsolutePath();
        Path root = Files.isDirectory(working.resolve("tornado-env")) ? working : working.getParent();
        Path shared = given != null ? Path.of(given) : root.resolveSibling("shared");
        Path path = shared.resolve(relative);
        Assumptions.assumeTrue(Files.exists(path), "skipped: " + path + " is absent (MIXED_SHARED names another folder)");
        return path;
    }
}
