// SPDX-License-Identifier: Apache-2.0
package dev.mixed.io;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a clone without Git LFS leaves in place of a file is named by every way to read one. */
class LfsPointerTest {
    private static final String OID = "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n";
    private static final String POINTER = "version https://git-lfs.github.com/spec/v1\n" + OID + "size 437955512\n";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {POINTER,
        "version https://git-lfs.github.com/spec/v1\r\noid sha256:4d7a214614ab\r\nsize 437955512\r\n",
        "version https://hawser.github.com/spec/v1\n" + OID + "size 437955512\n",
        "version https://git-lfs.github.com/spec/v1\next-0-foo sha256:12\n" + OID + "size 437955512\n"})
    void everyReaderRefusesIt(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("a.bin"), text);
        String[] parts = {file.toString(), "is a Git LFS pointer", "437955512 bytes", "git lfs pull"};
        assertRefused(() -> Utf8File.read(file), parts);
        assertRefused(() -> Utf8File.lines(file), parts);
        assertRefused(() -> JsonFile.read(file), parts);
        assertRefused(() -> MappedFile.open(file, "a file of weights", (arena, bytes) -> bytes), parts);
        assertRefused(() -> LfsPointer.readAllBytes(file), parts);
        assertRefused(() -> new FileDigest(437955512, "00000000").check(file), parts);
    }

    @Test
    void textAboutPointersIsNone() throws IOException {
        String first = "version https://git-lfs.github.com/spec/v1";
        for (String text : new String[] {first, first + "\nis how a pointer begins", "see " + POINTER, POINTER + "x".repeat(1024)}) {
            assertEquals(text, Utf8File.read(Files.writeString(folder.resolve("a.txt"), text)));
        }
    }

    /** The reader of the mapped file, which would say something else of it, is not even asked. */
    @Test
    void readersOfMappedFilesAreNotAsked() throws IOException {
        Path file = Files.writeString(folder.resolve("model.safetensors"), POINTER);
        UserException e = assertThrows(UserException.class, () -> MappedFile.open(file, "a safetensors file", (arena, bytes) -> {
            throw new UserException("its header claims 2336927755350992246 bytes.");
        }));
        assertTrue(e.getMessage().contains("Git LFS"), e.getMessage());
    }
}
