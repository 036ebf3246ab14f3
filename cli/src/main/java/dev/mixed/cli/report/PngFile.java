// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Writes images to PNG files, whole or not at all. */
public final class PngFile {
    private PngFile() {
    }

    /** Writes a file, in the place of one that is there. */
    static void write(BufferedImage image, Path file) throws IOException {
        // Given a file, ImageIO prints the stack trace of a failure by itself; given a stream, it keeps a file in the folder for temporary files.
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        try (ImageOutputStream to = new MemoryCacheImageOutputStream(png)) {
            ImageIO.write(image, "png", to);
        }
        AtomicFile.write(file, png.toByteArray());
    }

    /** Draws and writes the file that a user asked for; a {@link UserException} says why that failed. */
    public static void write(Supplier<BufferedImage> drawing, Path file) {
        BufferedImage image = drawn(drawing, file);
        try {
            write(image, file);
        } catch (IOException e) {
            throw new UserException(
                    "The plot '" + file + "' could not be written (" + IoReason.of(e) + "); give a file in a folder that exists and that you may write in.", e);
        }
    }

    /** Draws a letter and writes nothing: whoever has much to do before the drawing learns here, by a {@link UserException}, that it would fail. */
    public static void requireFonts(Path file) {
        drawn(() -> {
            BufferedImage image = new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB);
            Graphics2D to = image.createGraphics();
            to.drawString("x", 5, 15);
            to.dispose();
            return image;
        }, file);
    }

    private static BufferedImage drawn(Supplier<BufferedImage> drawing, Path file) {
        try {
            return drawing.get();
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // As Java's font system fails where fontconfig or every font is missing.
            throw new UserException("The plot '" + file + "' could not be drawn, most likely for lack of fonts (" + e
                    + "); install fontconfig and fonts-dejavu.", e);
        }
    }
}
