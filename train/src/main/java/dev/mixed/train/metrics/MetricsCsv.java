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
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code metrics.csv} of a run. Each row is on the disk's side of the process when {@link #append} returns, so a killed run
 * loses none but the one being written, and a resumed run continues the file as if it had never stopped.
 */
public final class MetricsCsv {

    private static final List<String> BEFORE = List.of("step", "epoch", "split", "loss", "learning_rate");
    private static final List<String> AFTER = List.of("loss_scale", "skipped_steps", "samples_per_second");
    private static final CSVFormat FORMAT = CSVFormat.DEFAULT.builder().setRecordSeparator("\n").get();

    private final Path file;
    /** Names of the columns of scores. */
    private final List<String> scores;
    private final Set<String> present = new HashSet<>();

    private MetricsCsv(Path file, List<String> scores) {
        this.file = file;
        this.scores = List.copyOf(scores);
    }

    /** {@link #create(Path, Collection)} for a run that sorts texts into classes. */
    public static MetricsCsv create(Path file) {
        return create(file, ClassificationMetrics.FOLLOWED);
    }

    /**
     * Starts a new file with only a header, in place of one that is there.
     *
     * @param scores names of those that the run follows
     */
    public static MetricsCsv create(Path file, Collection<String> scores) {
        MetricsCsv csv = new MetricsCsv(file, List.copyOf(scores));
        csv.replace(List.of());
        return csv;
    }

    /** {@link #resume(Path, long, Collection)} of a run that sorts texts into classes. */
    public static MetricsCsv resume(Path file, long step) {
        return resume(file, step, ClassificationMetrics.FOLLOWED);
    }

    /**
     * Continues the file of a run that resumes after {@code step} optimizer steps: later rows are dropped, and so are the test row, which is of
     * the model that was the best until then, and a last row that a kill cut short. Starts a new file where there is none.
     */
    public static MetricsCsv resume(Path file, long step, Collection<String> scores) {
        MetricsCsv csv = new MetricsCsv(file, List.copyOf(scores));
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
        List<String> scores = List.of();
        try (CSVParser parser = CSVParser.parse(text.substring(0, text.lastIndexOf('\n') + 1), FORMAT)) {
            for (CSVRecord record : parser) {
                if (record.getRecordNumber() == 1) {
                    scores = scores(file, record.toList());
                } else {
                    rows.add(row(file, parser.getCurrentLineNumber(), record, scores));
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new UserException("'" + file + "' is no valid CSV file: " + e.getMessage() + ".", e);
        }
        return rows;
    }

    /** The columns between those that every file has. */
    private static List<String> scores(Path file, List<String> header) {
        int to = header.size() - AFTER.size();
        if (to <= BEFORE.size() || !header.subList(0, BEFORE.size()).equals(BEFORE) || !header.subList(to, header.size()).equals(AFTER)) {
            throw new UserException("'" + file + "' does not begin with the columns " + String.join(",", columns(ClassificationMetrics.FOLLOWED))
                    + "; move it away, and a new one is started.");
        }
        return header.subList(BEFORE.size(), to);
    }

    private static List<String> columns(List<String> scores) {
        return Stream.of(BEFORE, scores, AFTER).flatMap(List::stream).toList();
    }

    private static MetricsRow row(Path file, long line, CSVRecord r, List<String> names) {
        try {
            int after = BEFORE.size() + names.size();
            if (r.size() != after + AFTER.size()) {
                throw new NumberFormatException();
            }
            SequencedMap<String, Double> scores = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                Double score = number(r.get(BEFORE.size() + i));
                if (score != null) {
                    scores.put(names.get(i), score);
                }
            }
            return new MetricsRow(Long.parseLong(r.get(0)), Double.parseDouble(r.get(1)), r.get(2), number(r.get(3)), number(r.get(4)), scores,
                    number(r.get(after)), r.get(after + 1).isEmpty() ? null : r.get(after + 1), number(r.get(after + 2)));
        } catch (NumberFormatException e) {
            throw new UserException("'" + file + "', line " + line + " is not a row of metrics: '" + String.join(",", r) + "'.", e);
        }
    }

    private static @Nullable Double number(String cell) {
        return cell.isEmpty() ? null : Double.valueOf(cell);
    }

    private void replace(List<MetricsRow> rows) {
        StringBuilder text = new StringBuilder(FORMAT.format(columns(scores).toArray())).append('\n');
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

    private String line(MetricsRow row) {
        List<@Nullable Object> cells = new ArrayList<@Nullable Object>(Arrays.asList(row.step(), row.epoch(), row.split(), row.loss(), row.learningRate()));
        scores.forEach(name -> cells.add(row.scores().get(name)));
        cells.addAll(Arrays.asList(row.lossScale(), row.skippedSteps(), row.samplesPerSecond()));
        return FORMAT.format(cells.toArray()) + "\n";
    }

    private static String key(MetricsRow row) {
        return row.step() + " " + row.split();
    }

    private UserException cannotWrite(IOException e) {
        return new UserException("Metrics could not be written to '" + file + "' (" + IoReason.of(e)
                + "): check the free space and the permissions, then continue with --resume.", e);
    }
}
