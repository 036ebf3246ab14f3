// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What went wrong with a file, in words and without its path, which the sentence around it names. */
public final class IoReason {

    private IoReason() {
    }

    /** {@code e} in some words without a full stop, for the brackets of a sentence; never null, at worst the name of {@code e}'s class. */
    public static String of(IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> "access denied";
            case NoSuchFileException _ -> "no such file or folder";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }
}
