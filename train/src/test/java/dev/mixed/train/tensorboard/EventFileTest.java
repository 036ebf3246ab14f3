// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.io.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code events.bin} holds the same events as TensorBoard's own record writer and messages wrote them. */
class EventFileTest {
    private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000, 250_000_000);

    @TempDir
    Path folder;

    @Test
    void theBytesAreThoseOfTensorBoardsOwnWriter() throws IOException {
        Path file;
        try (EventFile events = EventFile.create(folder.resolve("new"), 41, () -> TIME)) {
            events.scalar("train/loss", 50, 0.625);
            events.scalar("validation/macro_f1", 300, -1.5);
            events.text("options", 40, "| ä |");
            file = events.file();
        }
        try (InputStream expected = EventFileTest.class.getResourceAsStream("/tensorboard/events.bin")) {
            assertArrayEquals(expected.readAllBytes(), Files.readAllBytes(file));
        }
        assertTrue(file.getFileName().toString().startsWith("events.out.tfevents.1700000000."), file.toString());
    }

    @Test
    void aSecondFileOfTheSameSecondHasANameOfItsOwn() {
        try (EventFile first = EventFile.create(folder, 1, () -> TIME); EventFile second = EventFile.create(folder, 1, () -> TIME)) {
            assertNotEquals(first.file(), second.file());
        }
    }

    @Test
    void aRecordIsOnTheDiskBeforeTheFileIsClosed() {
        try (EventFile events = EventFile.create(folder, 1)) {
            events.scalar("a", 1, 2);
            assertEquals("a", EventRecords.of(events.file()).getLast().scalar().tag());
        }
    }

    @Test
    void aHistogramHoldsEachFiniteValueInABucketAroundIt() {
        Random random = new Random(3);
        float[] values = new float[2000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(20) - 14));
        }
        values[0] = 0f;
        values[1] = Float.NaN;
        values[2] = Float.NEGATIVE_INFINITY;
        values[3] = 1e-12f;
        values[4] = -1e-12f;
        Histogram histogram = Histogram.of(values);
        assertEquals(values.length - 2, histogram.count());
        double[] limits = histogram.limits();
        assertArrayEquals(Arrays.stream(limits).sorted().toArray(), limits);
        int[] expected = new int[limits.length];
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            if (Float.isFinite(value)) {
                int bucket = 0;
                while (value > limits[bucket] * (1 + Math.signum(limits[bucket]) * 1e-9)) {
                    bucket++;
                }
                expected[bucket]++;
                sum += value;
                squares += (double) value * value;
            }
        }
        assertArrayEquals(Arrays.stream(expected).asDoubleStream().toArray(), histogram.counts());
        assertEquals(sum, histogram.sum(), Math.abs(sum) * 1e-12);
        assertEquals(squares, histogram.sumOfSquares(), squares * 1e-12);
    }

    @Test
    void whatIsNoNumberThroughoutHasNoHistogram() throws IOException {
        try (EventFile events = EventFile.create(folder, 1)) {
            long before = Files.size(events.file());
            events.histogram("a", 1, new float[] {Float.NaN});
            assertEquals(before, Files.size(events.file()));
        }
    }

    @Test
    void aFolderThatCantBeMadeIsOneSentence() throws IOException {
        Path file = Files.writeString(folder.resolve("taken"), "");
        String message = assertThrows(UserException.class, () -> EventFile.create(file, 1)).getMessage();
        assertTrue(message.contains(file.toString()) && message.endsWith("."), message);
    }
}
