// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class DownloadBarTest {
    private static final long MEBIBYTE = 1 << 20;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private DownloadBar bar(int columns) {
        return new DownloadBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), columns);
    }

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aLogFileGetsALineForEachTenth() {
        DownloadBar bar = bar(0);
        bar.start("config.json", 0, 385);
        bar.advance(385);
        bar.end();
        bar.start("pytorch_model.bin", 50 * MEBIBYTE, 400 * MEBIBYTE);
        for (long done = 50; done <= 400; done++) {
            bar.advance(done * MEBIBYTE);
        }
        bar.end();
        List<String> lines = shown().lines().toList();
        assertEquals("downloading config.json, 0.4 KiB", lines.get(0));
        assertEquals("downloading pytorch_model.bin, 400.0 MiB, 50.0 MiB of which are here already", lines.get(1));
        assertEquals("pytorch_model.bin  80.0 MiB of 400.0 MiB", lines.get(2));
        assertEquals("pytorch_model.bin  400.0 MiB of 400.0 MiB", lines.getLast());
        assertEquals(11, lines.size());
    }

    @Test
    void aTerminalGetsABarThatGoesAway() {
        DownloadBar bar = bar(80);
        bar.start("pytorch_model.bin", 0, 400 * MEBIBYTE);
        bar.advance(200 * MEBIBYTE);
        bar.end();
        assertTrue(shown().contains("pytorch_model.bin") && shown().contains("200/400 MiB"), shown());
        assertTrue(shown().endsWith("\r" + " ".repeat(79) + "\r"), shown());
        assertFalse(shown().contains("\n"), shown());
    }

    @Test
    void aNoticeIsALineOfItsOwn() {
        bar(0).notice("Used as the cache has it.");
        assertEquals("Used as the cache has it." + System.lineSeparator(), shown());
    }
}
