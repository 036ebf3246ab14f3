// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TrainingProgressTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private final AtomicLong nanos = new AtomicLong();

    private String printed() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void elsewhereThanOnATerminalTenPlainLinesAPart() {
        try (TrainingProgress progress = new TrainingProgress(out, 0, 200, 0, nanos::get)) {
            progress.start("epoch 1/2", 100, 0);
            for (int step = 1; step <= 100; step++) {
                nanos.addAndGet(500_000_000L);
                progress.loss(1.0 / step);
                progress.step(32);
            }
            progress.end();
        }
        String[] lines = printed().split(System.lineSeparator());
        assertEquals(10, lines.length);
        assertEquals("epoch 1/2  step 10/100  loss 0.1000  64 samples/s  1:35 left", lines[0]);
        assertEquals("epoch 1/2  step 100/100  loss 0.0100  64 samples/s  0:50 left", lines[9]);
        assertFalse(printed().contains("\r"));
    }

    @Test
    void aPartOfFewStepsPrintsEachOnce() {
        TrainingProgress progress = new TrainingProgress(out, 0, 10_009, 10_000, nanos::get);
        progress.start("epoch 9/9", 10, 1);
        for (int step = 0; step < 9; step++) {
            nanos.addAndGet(4_000_000_000_000L);
            progress.step(1);
        }
        progress.end();
        assertEquals("""
                epoch 9/9  step 2/10  0.0 samples/s
                epoch 9/9  step 3/10  0.0 samples/s
                epoch 9/9  step 4/10  0.0 samples/s
                epoch 9/9  step 5/10  0.0 samples/s
                epoch 9/9  step 6/10  0.0 samples/s
                epoch 9/9  step 7/10  0.0 samples/s
                epoch 9/9  step 8/10  0.0 samples/s  2:13:20 left
                epoch 9/9  step 9/10  0.0 samples/s  1:06:40 left
                epoch 9/9  step 10/10  0.0 samples/s  0:00 left
                """.replace("\n", System.lineSeparator()), printed());
    }

    /** A first step that waits for a compiler, of 20 s, says nothing of the others, of 0.1 s. */
    @Test
    void theTimeLeftIsThatOfStepsToCome() {
        TrainingProgress progress = new TrainingProgress(out, 0, 200, 0, nanos::get);
        progress.start("epoch 1/1", 200, 0);
        for (int step = 0; step < 20; step++) {
            nanos.addAndGet(step == 0 ? 20_000_000_000L : 100_000_000L);
            progress.step(8);
        }
        assertTrue(printed().contains("step 20/200") && printed().contains("0:18 left"), printed());
    }

    /** Where steps become slower, what is left does too. */
    @Test
    void theTimeLeftFollowsTheLatestSteps() {
        TrainingProgress progress = new TrainingProgress(out, 0, 1000, 0, nanos::get);
        progress.start("epoch 1/1", 1000, 0);
        for (int step = 0; step < 400; step++) {
            nanos.addAndGet(step < 300 ? 10_000_000L : 1_000_000_000L);
            progress.step(8);
        }
        assertTrue(printed().endsWith("10:00 left" + System.lineSeparator()), printed());
    }

    @Test
    void theClockStandsStillBetweenParts() {
        TrainingProgress progress = new TrainingProgress(out, 0, 4, 0, nanos::get);
        assertEquals(0, progress.samplesPerSecond());
        for (int part = 0; part < 2; part++) {
            progress.start("epoch", 2, 0);
            for (int step = 0; step < 2; step++) {
                nanos.addAndGet(1_000_000_000L);
                progress.step(8);
            }
            progress.end();
            assertEquals(8.0, progress.samplesPerSecond());
            nanos.addAndGet(60_000_000_000L);
        }
        assertTrue(printed().contains("step 1/2  8.0 samples/s"), printed());
    }

    @Test
    void showsThatTheLossHasDiverged() {
        TrainingProgress progress = new TrainingProgress(out, 0, 1, 0, nanos::get);
        progress.start("epoch 1/1", 1, 0);
        nanos.addAndGet(1_000_000L);
        progress.loss(Double.NaN);
        progress.step(1);
        assertTrue(printed().contains("loss NaN"), printed());
    }

    @Test
    void onATerminalABarThatFitsAndDisappears() throws InterruptedException {
        try (TrainingProgress progress = new TrainingProgress(out, 100, 18, 0, nanos::get)) {
            progress.start("epoch 1/2", 10, 0);
            for (int step = 1; step <= 10; step++) {
                nanos.addAndGet(250_000_000L);
                progress.loss(0.5);
                progress.step(16);
            }
            Thread.sleep(300); // the bar draws itself at intervals
            progress.end();
        }
        assertTrue(printed().contains("epoch 1/2 100%") && printed().contains("loss 0.5000  64 samples/s  0:02 left"), printed());
        assertFalse(printed().contains("\n"), "the bar leaves no line behind");
        assertTrue(printed().endsWith("\r" + " ".repeat(99) + "\r"), printed());
        for (String frame : printed().split("\r")) {
            assertTrue(frame.length() < 100, frame);
        }
    }
}
