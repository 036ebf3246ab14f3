// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Tells a folder that may not be looked into from one that lacks a file: {@link Files#exists} does not. */
public final class ReadableFolder {
    private ReadableFolder() {
    }

    /** A {@link UserException} where {@code folder} is one whose files this user may not list or open. */
    public static void require(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> _ = Files.list(folder)) {
            if (!Files.isExecutable(folder)) {
                throw new AccessDeniedException(folder.toString());
            }
        } catch (IOException e) {
            throw new UserException("The folder '" + folder + "' cannot be read (" + IoReason.of(e) + "); check its permissions.", e);
        }
    }
}
