// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Utf8FileTest {
    @TempDir
    Path folder;

    @Test
    void onlyLineFeedsEndLines() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "\uFEFFone\u2028two\u0085three\u000Bfour\rfive\r\n\nlast");
        assertEquals(List.of("one\u2028two\u0085three\u000Bfour\rfive", "", "last"), Utf8File.lines(file));
    }

    @Test
    void finalLineFeedStartsNoLine() {
        assertEquals(List.of("a", "b"), Utf8File.splitLines("a\nb\n"));
        assertEquals(List.of("a", ""), Utf8File.splitLines("a\n\n"));
    }

    @Test
    void wrongBytesAreNamedByLine() throws IOException {
        Path file = folder.resolve("latin1.txt");
        Files.write(file, "eins\nzwei\nfünf\n".getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(() -> Utf8File.read(file), file + ", line 3: byte 0xFC is not UTF-8");
    }

    @Test
    void cutOffCharacterAtTheEndIsRefused() throws IOException {
        Path file = folder.resolve("cut.txt");
        Files.write(file, new byte[] {'a', '\n', (byte) 0xF0, (byte) 0x9F});
        assertRefused(() -> Utf8File.read(file), "line 2: byte 0xF0");
    }

    @Test
    void missingEmptyAndFolder() throws IOException {
        assertRefused(() -> Utf8File.read(folder.resolve("none.txt")), "none.txt does not exist");
        assertRefused(() -> Utf8File.read(Files.createFile(folder.resolve("empty.txt"))), "empty.txt is empty");
        assertRefused(() -> Utf8File.read(Files.write(folder.resolve("bom.txt"), new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF})), "bom.txt is empty");
        assertRefused(() -> Utf8File.read(folder), "is a folder");
    }
}
