// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class IoReasonTest {
    @Test
    void isInWordsAndWithoutThePath() {
        assertEquals("access denied", IoReason.of(new AccessDeniedException("/a/b")));
        assertEquals("no such file or folder", IoReason.of(new NoSuchFileException("/a/b")));
        assertEquals("Read-only file system", IoReason.of(new FileSystemException("/a/b", null, "Read-only file system")));
        assertEquals("No space left on device", IoReason.of(new IOException("No space left on device")));
        assertEquals("IOException", IoReason.of(new IOException()));
    }
}
