// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mixed.train.metrics.MetricsRow;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CurvePlotTest {

    private static final int TRAIN = 0x1f77b4;
    private static final int VALIDATION = 0xd62728;

    @TempDir
    Path folder;

    /** Without a logged step, and with rows in another order, validation is as red as before. */
    @Test
    void colorsDoNotSwap() throws IOException {
        assumeFonts();
        Path file = folder.resolve("curves.png");
        for (List<MetricsRow> rows : List.of(rows().stream().filter(row -> !row.split().equals(MetricsRow.TRAIN)).toList(), rows().reversed())) {
            assertTrue(new CurvePlot(file).write(rows));
            assertTrue(count(ImageIO.read(file.toFile()), 0, 720, VALIDATION) > 100);
        }
        assertTrue(new CurvePlot(file).write(List.of(MetricsRow.train(1, 0.1, 0.7, 1e-4, 1))));
        assertTrue(count(ImageIO.read(file.toFile()), 100, 620, TRAIN) > 10, "a single step is a point");
    }

    @Test
    void drawsBothCurvesToAPng() throws IOException {
        assumeFonts();
        Path file = folder.resolve("curves.png");
        assertTrue(new CurvePlot(file).write(rows()));
        BufferedImage image = ImageIO.read(file.toFile());
        assertEquals(1440, image.getWidth());
        assertEquals(480, image.getHeight());
        assertTrue(count(image, 0, 720, TRAIN) > 300 && count(image, 0, 720, VALIDATION) > 100, "loss curves");
        assertTrue(count(image, 720, 1440, VALIDATION) > 200, "score curves");
        assertEquals(0, count(image, 720, 1440, TRAIN), "a split has one colour, and training texts are not scored");
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    @Test
    void drawsRunsThatHaveLittleOrBrokenData() {
        assumeFonts();
        CurvePlot plot = new CurvePlot(folder.resolve("curves.png"));
        assertTrue(plot.write(List.of()));
        assertTrue(plot.write(List.of(MetricsRow.train(1, 0.1, Double.NaN, 1e-4, 1))));
        assertTrue(plot.write(List.of(MetricsRow.train(1, 0.1, 0.5, 1e-4, 1), MetricsRow.train(2, 0.2, Double.POSITIVE_INFINITY, 1e-4, 1))));
    }

    @Test
    void whatIsBegunIsDrawnInItsOrderWhileTheRunGoesOn() throws InterruptedException {
        CountDownLatch goOn = new CountDownLatch(1);
        List<Integer> drawn = Collections.synchronizedList(new ArrayList<>());
        CurvePlot plot = new CurvePlot(folder.resolve("curves.png"), rows -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            drawn.add(rows.size());
            return new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        });
        plot.begin(rows().subList(0, 1));
        plot.begin(rows().subList(0, 2));
        assertEquals(List.of(), drawn);
        goOn.countDown();
        plot.close();
        assertEquals(List.of(1, 2), drawn);
        assertTrue(plot.write(rows().subList(0, 3)));
        assertEquals(List.of(1, 2, 3), drawn);
    }

    @Test
    void wantOfMemoryIsNoReasonToGoOn() {
        CurvePlot plot = new CurvePlot(folder.resolve("curves.png"), _ -> {
            throw new OutOfMemoryError("no more");
        });
        plot.begin(rows());
        assertThrows(OutOfMemoryError.class, plot::close);
    }

    /** What Java threw on systems without fontconfig, without fonts and without the font library. */
    static Stream<Throwable> fontFailures() {
        return Stream.of(new RuntimeException("Fontconfig head is null, check your fonts or fonts configuration"),
                new Error("Probable fatal error: No physical fonts found."), new UnsatisfiedLinkError("libfreetype.so.6"));
    }

    @ParameterizedTest
    @MethodSource("fontFailures")
    void aSystemWithoutFontsCostsThePlotAndNotTheRun(Throwable failure) throws IOException {
        AtomicInteger calls = new AtomicInteger();
        CurvePlot plot = new CurvePlot(folder.resolve("curves.png"), rows -> {
            calls.incrementAndGet();
            if (failure instanceof RuntimeException e) {
                throw e;
            }
            throw (Error) failure;
        });
        assertFalse(plot.write(rows()));
        assertFalse(plot.write(rows()));
        assertEquals(1, calls.get());
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }

    @Test
    void aFolderThatIsGoneCostsThePlotAndNotTheRun() {
        assumeFonts();
        assertFalse(new CurvePlot(folder.resolve("gone").resolve("curves.png")).write(rows()));
    }

    private static List<MetricsRow> rows() {
        List<MetricsRow> rows = new ArrayList<>();
        for (int step = 1; step <= 100; step++) {
            rows.add(MetricsRow.train(10L * step, step / 20.0, 0.3 + 0.4 * Math.exp(-step / 30.0) + 0.03 * Math.sin(step), 1e-4, 400));
            if (step % 20 == 0) {
                rows.add(new MetricsRow(10L * step, step / 20.0, "validation", 0.55 + 0.01 * step / 20, null, 0.70 + step / 1000.0,
                        0.60 + step / 800.0, null, null, null));
            }
        }
        return rows;
    }

    private static int count(BufferedImage image, int from, int to, int rgb) {
        int count = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = from; x < to; x++) {
                int pixel = image.getRGB(x, y);
                int difference = 0;
                for (int shift = 0; shift < 24; shift += 8) {
                    difference += Math.abs((pixel >> shift & 255) - (rgb >> shift & 255));
                }
                count += difference < 100 ? 1 : 0; // lines are blended with the background at their edges
            }
        }
        return count;
    }

    private static void assumeFonts() {
        boolean fonts;
        try {
            fonts = java.awt.GraphicsEnvironment.getLocalGraphicsEnvironment().getAvailableFontFamilyNames().length > 0;
        } catch (RuntimeException | Error e) {
            fonts = false;
        }
        assumeTrue(fonts, "this system has no fonts");
    }
}
