// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.data;

import static dev.mixed.io.Messages.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextLinesTest {
    private final List<String> notes = new ArrayList<>();

    private List<String> all(byte[] bytes, int most) throws IOException {
        TextLines lines = new TextLines("input", new ByteArrayInputStream(bytes), notes::add);
        List<String> all = new ArrayList<>();
        for (List<String> some = lines.next(most); !some.isEmpty(); some = lines.next(most)) {
            all.addAll(some);
        }
        return all;
    }

    private List<String> all(String text) throws IOException {
        return all(text.getBytes(StandardCharsets.UTF_8), 2);
    }

    @Test
    void linesOfAllKinds() throws IOException {
        assertEquals(List.of("a", "", " ", "b", "ä\u2028ö"), all("\uFEFFa\r\n\n \nb\nä\u2028ö"));
        assertEquals(List.of("a"), all("a\n"));
        assertEquals(List.of("", ""), all("\n\n"));
        assertEquals(List.of(), all(""));
        assertEquals(List.of(), all("\uFEFF"));
        String longText = "word ".repeat(50_000);
        assertEquals(List.of(longText, "x", longText), all(longText + "\nx\n" + longText));
        assertEquals(List.of(), notes);
    }

    @Test
    void whatIsNoTextIsRefusedAtItsLine() {
        assertRefused(() -> all("a\nb\0\n"), "input, line 2: a NUL character");
        assertRefused(() -> all("a\rb\n"), "input, line 1: a carriage return");
        assertRefused(() -> all(new byte[] {'a', '\n', (byte) 0xC3, '\n'}, 9), "input, line 2: byte 0xC3 is not UTF-8");
        assertRefused(() -> all("a\n".getBytes(StandardCharsets.UTF_16), 9), "input is text in UTF-16; save it as UTF-8.");
    }

    @Test
    void aJsonObjectIsReadAsItStandsButNotUnsaid() throws IOException {
        assertEquals(List.of("{\"text\": \"a\"}", "{b"), all("{\"text\": \"a\"}\n{b\n"));
        assertEquals(List.of("From input each line is a text as it stands, though the first is a JSON object; --file reads the texts of a .jsonl file."),
                notes);
    }

    @Test
    void aHeaderIsReadAsItStandsButNotUnsaid() throws IOException {
        assertEquals(List.of("text\tlabel", "a b\t1"), all("text\tlabel\na b\t1\n"));
        assertEquals(
                List.of("From input each line is a text as it stands, though the first is the header text?label; --file reads the columns of a .csv or .tsv file."),
                notes);
    }

    /** A line can be had before the next one is there. */
    @Test
    void eachAsItComes() throws IOException {
        PipedOutputStream out = new PipedOutputStream();
        TextLines lines = new TextLines("input", new PipedInputStream(out), notes::add);
        out.write("one\ntwo\nthr".getBytes(StandardCharsets.UTF_8));
        assertEquals(List.of("one", "two"), assertTimeoutPreemptively(Duration.ofSeconds(10), () -> lines.next(100)));
        out.write("ee\n".getBytes(StandardCharsets.UTF_8));
        assertEquals(List.of("three"), assertTimeoutPreemptively(Duration.ofSeconds(10), () -> lines.next(100)));
        out.close();
        assertEquals(List.of(), assertTimeoutPreemptively(Duration.ofSeconds(10), () -> lines.next(100)));
    }
}
