// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.metrics;

import dev.mixed.io.AtomicFile;
import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code metrics.csv} of a run. Each row is on the disk's side of the process when {@link #append} returns, so a killed run
 * loses none but the one being written, and a resumed run continues the file as if it had never stopped.
 */
public final class MetricsCsv {

    private static final String[] COLUMNS = {"step", "epoch", "split", "loss", "learning_rate", "accuracy", "macro_f1", "loss_scale", "skipped_steps",
        "samples_per_second"};
    private static final CSVFormat FORMAT = CSVFormat.DEFAULT.builder().setRecordSeparator("\n").get();

    private final Path file;
    private final Set<String> present = new HashSet<>();

    private MetricsCsv(Path file) {
        this.file = file;
    }

    /** Starts a new file with only a header, in place of one that is there. */
    public static MetricsCsv create(Path file) {
        MetricsCsv csv = new MetricsCsv(file);
        csv.replace(List.of());
        return csv;
    }

    /**
     * Continues the file of a run that resumes after {@code step} optimizer steps: later rows are dropped, and so are the test row, which is of
     * the model that was the best until then, and a last row that a kill cut short. Starts a new file where there is none.
     */
    public static MetricsCsv resume(Path file, long step) {
        MetricsCsv csv = new MetricsCsv(file);
        csv.replace(Files.exists(file) ? read(file).stream().filter(row -> row.step() <= step && !row.split().equals(MetricsRow.TEST)).toList() : List.of());
        return csv;
    }

    /** Adds a row. A row of the same step and split as one that is there already, as a resumed run may repeat it, is left out. */
    public void append(MetricsRow row) {
        if (!present.add(key(row))) {
            return;
        }
        try {
            Files.writeString(file, line(row), StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }

    /** All rows of a file but a last one that has no line end; a {@link UserException} names the file and the line of a broken one. */
    public static List<MetricsRow> read(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new UserException("There is no file '" + file + "'.", e);
        } catch (IOException e) {
            throw new UserException("'" + file + "' could not be read: " + IoReason.of(e) + ".", e);
        }
        List<MetricsRow> rows = new ArrayList<>();
        try (CSVParser parser = CSVParser.parse(text.substring(0, text.lastIndexOf('\n') + 1), FORMAT)) {
            for (CSVRecord record : parser) {
                if (record.getRecordNumber() == 1) {
                    if (!List.of(COLUMNS).equals(record.toList())) {
                        throw new UserException("'" + file + "' does not begin with the columns " + String.join(",", COLUMNS)
                                + "; move it away, and a new one is started.");
                    }
                } else {
                    rows.add(row(file, parser.getCurrentLineNumber(), record));
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new UserException("'" + file + "' is no valid CSV file: " + e.getMessage() + ".", e);
        }
        return rows;
    }

    private static MetricsRow row(Path file, long line, CSVRecord r) {
        try {
            if (r.size() != COLUMNS.length) {
                throw new NumberFormatException();
            }
            return new MetricsRow(Long.parseLong(r.get(0)), Double.parseDouble(r.get(1)), r.get(2), number(r.get(3)), number(r.get(4)),
                    number(r.get(5)), number(r.get(6)), number(r.get(7)), r.get(8).isEmpty() ? null : r.get(8), number(r.get(9)));
        } catch (NumberFormatException e) {
            throw new UserException("'" + file + "', line " + line + " is not a row of metrics: '" + String.join(",", r) + "'.", e);
        }
    }

    private static @Nullable Double number(String cell) {
        return cell.isEmpty() ? null : Double.valueOf(cell);
    }

    private void replace(List<MetricsRow> rows) {
        StringBuilder text = new StringBuilder(FORMAT.format((Object[]) COLUMNS)).append('\n');
        for (MetricsRow row : rows) {
            if (present.add(key(row))) {
                text.append(line(row));
            }
        }
        try {
            AtomicFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw cannotWrite(e);
        }
    }

    private static String line(MetricsRow row) {
        return FORMAT.format(row.step(), row.epoch(), row.split(), row.loss(), row.learningRate(), row.accuracy(), row.macroF1(),
                row.lossScale(), row.skippedSteps(), row.samplesPerSecond()) + "\n";
    }

    private static String key(MetricsRow row) {
        return row.step() + " " + row.split();
    }

    private UserException cannotWrite(IOException e) {
        return new UserException("Metrics could not be written to '" + file + "' (" + IoReason.of(e)
                + "): check the free space and the permissions, then continue with --resume.", e);
    }
}
