// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import dev.mixed.weights.hub.DownloadProgress;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows downloads: a bar for each file on a terminal; elsewhere a line for each file, and one for each tenth of a large one. */
public final class DownloadBar implements DownloadProgress {
    private static final long MEBIBYTE = 1 << 20;
    private static final long LARGE = 16 * MEBIBYTE;

    private final PrintStream out;
    private final int columns;
    private String file = "";
    private long total;
    private long tenth;
    private @Nullable ProgressBar bar;

    DownloadBar(PrintStream out, int columns) {
        this.out = out;
        this.columns = columns;
    }

    /** On standard error, a bar if that is a terminal. */
    public static DownloadBar onStandardError() {
        return new DownloadBar(System.err, Integer.getInteger(TrainingProgress.COLUMNS_PROPERTY, 0));
    }

    @Override
    public void start(String name, long done, long bytes) {
        file = name;
        total = bytes;
        tenth = tenth(done);
        if (columns > 0) {
            boolean unicode = out.charset().equals(StandardCharsets.UTF_8);
            bar = new ProgressBarBuilder().setTaskName(name).setInitialMax(bytes).startsFrom(done, Duration.ZERO).setUnit(" MiB", MEBIBYTE).showSpeed()
                    .setStyle(unicode ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII).setUpdateIntervalMillis(200)
                    .setConsumer(new Line(out, columns - 1)).build();
        } else {
            out.println("downloading " + name + ", " + size(bytes) + (done > 0 ? ", " + size(done) + " of which are here already" : ""));
        }
    }

    @Override
    public void advance(long done) {
        if (bar != null) {
            bar.stepTo(done);
        } else if (total >= LARGE && tenth(done) > tenth) {
            tenth = tenth(done);
            out.println(file + "  " + size(done) + " of " + size(total));
        }
    }

    @Override
    public void notice(String sentence) {
        out.println(sentence);
    }

    @Override
    public void end() {
        if (bar != null) {
            bar.close();
            bar = null;
            out.print("\r" + " ".repeat(columns - 1) + "\r");
            out.flush();
        }
    }

    private long tenth(long done) {
        return total == 0 ? 0 : done * 10 / total;
    }

    private static String size(long bytes) {
        return String.format(Locale.ROOT, bytes < MEBIBYTE ? "%.1f KiB" : "%.1f MiB", bytes / (bytes < MEBIBYTE ? 1024.0 : MEBIBYTE));
    }

    /** The line of the bar, left to {@link #end} to clear. */
    private static final class Line extends ConsoleProgressBarConsumer {

        Line(PrintStream out, int length) {
            super(out, length);
        }

        @Override
        public void close() {
            // Nothing to do: standard error stays open.
        }
    }
}
