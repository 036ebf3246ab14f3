// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetBytesTest {
    @TempDir
    private Path temp;

    private static String text(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return new String(copy, StandardCharsets.UTF_8);
    }

    @Test
    void partsStayWhatTheyWere() throws Exception {
        Path file = Files.writeString(temp.resolve("a.parquet"), "some rain, some cake");
        try (ParquetBytes bytes = new ParquetBytes(file)) {
            assertThrows(IOException.class, bytes::length);
            bytes.open();
            bytes.open();
            assertEquals(20, bytes.length());
            assertEquals(file.toString(), bytes.name());
            ByteBuffer part = bytes.readRange(5, 4);
            assertTrue(part.isDirect());
            assertEquals("", text(bytes.readRange(20, 0)));
            Files.writeString(file, "less");
            assertEquals("rain", text(part));
            for (long[] beyond : new long[][] {{5, 4}, {-1, 2}, {0, 5}, {Long.MAX_VALUE, 1}}) {
                assertThrows(EOFException.class, () -> bytes.readRange(beyond[0], (int) beyond[1]));
            }
        }
    }
}
