// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far long work is, with its loss, samples per second and time left: a bar on a terminal, and some ten plain lines for each
 * part (such as an epoch) elsewhere, so that a log file stays readable.
 */
public final class TrainingProgress implements AutoCloseable {

    /** The width of the terminal that standard error is, 0 if it is none. The launcher sets it: the JVM cannot find out. */
    public static final String COLUMNS_PROPERTY = "mixed.terminal.columns";

    private static final int LINES_PER_PART = 10;

    private final PrintStream out;
    private final int columns;
    private final LongSupplier nanoTime;
    private final long totalSteps;

    private long doneSteps;
    private final StepTimes times = new StepTimes();

    private String part = "";
    private int partSteps;
    private int partDone;
    private long partSamples;
    private long partNanos;
    private long startedAt;
    private @Nullable Double loss;
    private @Nullable ProgressBar bar;

    /**
     * @param columns width of the terminal, or 0 for plain lines
     * @param totalSteps steps in all parts together
     * @param doneSteps those that an earlier, now resumed run has done
     */
    TrainingProgress(PrintStream out, int columns, long totalSteps, long doneSteps, LongSupplier nanoTime) {
        this.out = out;
        this.columns = columns;
        this.totalSteps = totalSteps;
        this.doneSteps = doneSteps;
        this.nanoTime = nanoTime;
    }

    /**
     * Progress on standard error of work of {@code totalSteps} steps, {@code doneSteps} of which an earlier, now resumed run has done.
     *
     * @param nanoTime the clock, which may stand still during what is not to count
     */
    public static TrainingProgress onStandardError(long totalSteps, long doneSteps, LongSupplier nanoTime) {
        return new TrainingProgress(System.err, Integer.getInteger(COLUMNS_PROPERTY, 0), totalSteps, doneSteps, nanoTime);
    }

    /**
     * Begins a part, after the end of the one before. The clock runs only within parts, so evaluation and saving between them do not
     * distort the speed.
     *
     * @param name for example "epoch 2/5"
     * @param steps steps of this part
     * @param done those of them that an earlier, now resumed run has done
     */
    public void start(String name, int steps, int done) {
        part = name;
        partSteps = steps;
        partDone = done;
        partSamples = 0;
        partNanos = 0;
        startedAt = nanoTime.getAsLong();
        if (columns > 0) {
            boolean unicode = out.charset().equals(StandardCharsets.UTF_8);
            bar = new ProgressBarBuilder().setTaskName(name).setInitialMax(steps).startsFrom(done, Duration.ZERO).hideEta()
                    .setStyle(unicode ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII).setUpdateIntervalMillis(200)
                    .setConsumer(new Line(out, columns - 1)).build();
        }
    }

    /** Sets the loss to show from now on, until the next one. */
    public void loss(double value) {
        loss = value;
    }

    /** Counts one step over {@code samples} texts. */
    public void step(int samples) {
        long now = nanoTime.getAsLong();
        // The clock stands still while programs start up, and may count what two of them did at a time twice.
        long took = Math.max(0, now - startedAt);
        partNanos += took;
        times.add(took);
        startedAt = now;
        partSamples += samples;
        doneSteps++;
        partDone++;
        if (bar != null) {
            bar.stepTo(partDone).setExtraMessage(message());
        } else if (partDone == partSteps || (long) partDone * LINES_PER_PART / partSteps > (partDone - 1L) * LINES_PER_PART / partSteps) {
            out.println(part + "  step " + partDone + "/" + partSteps + "  " + message());
        }
    }

    /** Ends the part; a bar disappears, and what is printed next takes its place. */
    public void end() {
        if (bar != null) {
            bar.close();
            bar = null;
            out.print("\r" + " ".repeat(columns - 1) + "\r");
            out.flush();
        }
    }

    /** Texts per second since the start of this part; 0 before its first step. */
    public double samplesPerSecond() {
        return partNanos == 0 ? 0 : partSamples * 1e9 / partNanos;
    }

    /** Seconds that the steps since the start of this part took. */
    public double seconds() {
        return partNanos / 1e9;
    }

    /** Removes a bar that is still shown, as when the work fails. */
    @Override
    public void close() {
        end();
    }

    private String message() {
        return (loss == null ? "" : String.format(Locale.ROOT, "loss %.4f  ", loss))
                + String.format(Locale.ROOT, samplesPerSecond() < 10 ? "%.1f" : "%.0f", samplesPerSecond()) + " samples/s"
                + (times.known() ? "  " + time(Math.round(times.ofOne() * Math.max(0, totalSteps - doneSteps))) + " left" : "");
    }

    private static String time(long seconds) {
        return seconds >= 3600 ? String.format(Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60)
                : String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60);
    }

    /** The line of a bar, left to {@link #end} to clear: the library's own way leaves a blank line, or a bar that was short-lived. */
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
