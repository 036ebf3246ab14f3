// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli.report;

import dev.mixed.engine.Background;
import dev.mixed.io.IoReason;
import dev.mixed.train.metrics.MetricsRow;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Draws a run's metrics to a PNG: loss by step on the left, scores by epoch on the right. Needs no screen. */
public final class CurvePlot implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CurvePlot.class);
    private static final int WIDTH = 720;
    private static final int HEIGHT = 480;
    /** A split has one colour in both charts and in the plots of all runs, whatever rows there are. */
    private static final Map<String, Color> COLORS = Map.of(MetricsRow.TRAIN, new Color(0x1f77b4), "validation", new Color(0xd62728), "test",
            new Color(0x2ca02c));
    private static final Color OTHER = new Color(0x9467bd);
    private static final int FEW = 50;
    private static final float[] DASHES = {6, 4};

    private final Path file;
    private final Function<List<MetricsRow>, BufferedImage> drawing;
    private @Nullable Background<Boolean> drawn;
    private boolean failed;

    public CurvePlot(Path file) {
        this(file, CurvePlot::draw);
    }

    CurvePlot(Path file, Function<List<MetricsRow>, BufferedImage> drawing) {
        this.file = file;
        this.drawing = drawing;
    }

    /**
     * Draws the file anew. A plot is no reason to lose a training: where it cannot be drawn (a system without fonts, a full disk), one
     * warning says so, later calls do nothing, and {@code metrics.csv} has the numbers.
     *
     * @return whether the file was drawn
     */
    public boolean write(List<MetricsRow> rows) {
        begin(rows);
        return awaited();
    }

    /** {@link #write} that goes on after this call, on another thread, until {@link #close} or the next {@link #write}: a GPU need not wait for a plot. */
    public void begin(List<MetricsRow> rows) {
        Background<Boolean> before = drawn;
        drawn = Background.begin("mixed-plot", () -> {
            if (before != null) {
                before.join();
            }
            return draws(rows);
        });
    }

    /** Waits for what was begun. */
    @Override
    public void close() {
        awaited();
    }

    private boolean awaited() {
        return drawn == null || drawn.join();
    }

    private boolean draws(List<MetricsRow> rows) {
        if (failed) {
            return false;
        }
        try {
            PngFile.write(drawing.apply(rows), file);
            return true;
        } catch (IOException e) {
            warn("could not be written: " + IoReason.of(e));
        } catch (OutOfMemoryError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            // Where fontconfig, its library or every font is missing, Java's font system fails with various exceptions, one of them a plain Error.
            warn("could not be drawn, most likely for lack of fonts: install fontconfig and fonts-dejavu (" + e + ")");
        }
        return false;
    }

    private void warn(String what) {
        failed = true;
        LOG.warn("The plot '{}' {}; metrics.csv has all numbers.", file, what);
    }

    private static BufferedImage draw(List<MetricsRow> rows) {
        XYChart loss = chart("Loss", "step");
        XYChart scores = chart("Scores", "epoch");
        List<String> splits = rows.stream().map(MetricsRow::split).distinct().toList();
        // The last column is the one by which epochs are compared.
        List<String> names = rows.stream().flatMap(row -> row.scores().keySet().stream()).distinct().toList().reversed();
        for (String split : splits) {
            Predicate<MetricsRow> ofSplit = row -> row.split().equals(split);
            Color color = COLORS.getOrDefault(split, OTHER);
            // A single logged step would be invisible as a line.
            boolean marked = !split.equals(MetricsRow.TRAIN) || rows.stream().filter(ofSplit).count() < FEW;
            add(loss, split, rows, ofSplit, MetricsRow::step, MetricsRow::loss, color, marked, false);
            for (String name : names) {
                add(scores, split + " " + ScoreNames.of(name), rows, ofSplit, MetricsRow::epoch, row -> row.scores().get(name), color, true,
                        !name.equals(names.getFirst()));
            }
        }
        if (rows.stream().flatMap(row -> row.scores().values().stream()).allMatch(score -> score >= 0 && score <= 1)) {
            scores.getStyler().setYAxisMin(0.0).setYAxisMax(1.0);
        }
        rows.stream().mapToDouble(MetricsRow::epoch).max().ifPresent(last -> scores.getStyler().setXAxisMin(0.0).setXAxisMax(Math.ceil(last)));

        BufferedImage image = new BufferedImage(2 * WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D to = image.createGraphics();
        to.drawImage(BitmapEncoder.getBufferedImage(loss), 0, 0, null);
        to.drawImage(BitmapEncoder.getBufferedImage(scores), WIDTH, 0, null);
        to.dispose();
        return image;
    }

    private static XYChart chart(String title, String x) {
        XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle(x).theme(Styler.ChartTheme.Matlab).build();
        chart.getStyler().setXAxisMin(0.0).setXAxisTickMarkSpacingHint(110).setXAxisDecimalPattern("#.#").setYAxisDecimalPattern("0.0##")
                .setPlotGridLinesColor(new Color(0xdddddd))
                .setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setLegendBorderColor(new Color(0xdddddd)).setChartBackgroundColor(Color.WHITE);
        return chart;
    }

    /** Adds a curve of the finite values, if there are any. */
    private static void add(XYChart chart, String name, List<MetricsRow> all, Predicate<MetricsRow> which, ToDoubleFunction<MetricsRow> x,
            Function<MetricsRow, @Nullable Double> y, Color color, boolean marked, boolean dashed) {
        ToDoubleFunction<MetricsRow> value = row -> Objects.requireNonNullElse(y.apply(row), Double.NaN);
        List<MetricsRow> rows = all.stream().filter(which).filter(row -> Double.isFinite(value.applyAsDouble(row))).toList();
        if (rows.isEmpty()) {
            return;
        }
        chart.addSeries(name, rows.stream().mapToDouble(x).toArray(), rows.stream().mapToDouble(value).toArray())
                .setMarker(marked ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE).setMarkerColor(color).setLineColor(color)
                .setLineStyle(dashed ? new BasicStroke(2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL, 10, DASHES, 0) : new BasicStroke(marked ? 2f : 1.5f));
    }
}
