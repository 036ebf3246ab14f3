// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.curves;

import dev.mixed.compare.curves.CurveComparison.Pair;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws the loss curves of both in one image, a panel for each run; skipped steps are marked. */
public final class CurveChart {
    private static final int WIDTH = 720;
    private static final int HEIGHT = 420;

    private CurveChart() {
    }

    /** Two panels in a row. */
    public static BufferedImage draw(CurveComparison comparison) {
        List<Pair> pairs = comparison.pairs();
        int rows = Math.ceilDiv(pairs.size(), 2);
        BufferedImage image = new BufferedImage(2 * WIDTH, rows * HEIGHT, BufferedImage.TYPE_INT_RGB);
        Graphics2D to = image.createGraphics();
        to.setColor(Color.WHITE);
        to.fillRect(0, 0, image.getWidth(), image.getHeight());
        for (int i = 0; i < pairs.size(); i++) {
            to.drawImage(BitmapEncoder.getBufferedImage(panel(pairs.get(i), comparison.torchVersion())), i % 2 * WIDTH, i / 2 * HEIGHT, null);
        }
        to.dispose();
        return image;
    }

    private static XYChart panel(Pair pair, String torchVersion) {
        XYChart chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(pair.title()).xAxisTitle("step").yAxisTitle("loss")
                .theme(Styler.ChartTheme.Matlab).build();
        chart.getStyler().setXAxisMin(0.0).setXAxisTickMarkSpacingHint(90).setPlotGridLinesColor(new Color(0xdddddd))
                .setLegendPosition(Styler.LegendPosition.OutsideS).setLegendLayout(Styler.LegendLayout.Horizontal)
                .setLegendBorderColor(new Color(0xdddddd)).setChartBackgroundColor(Color.WHITE);
        int n = pair.torch().losses().length;
        double[] steps = IntStream.range(0, n).mapToDouble(i -> i).toArray();
        // The wide line below shows on both sides of the narrow one where they agree.
        chart.addSeries("PyTorch " + torchVersion, steps, doubles(pair.torch().losses())).setMarker(SeriesMarkers.NONE).setLineColor(new Color(0xf4a261))
                .setLineStyle(new BasicStroke(5f));
        chart.addSeries("miXed", steps, doubles(pair.mixed().losses())).setMarker(SeriesMarkers.NONE).setLineColor(new Color(0x1f3b77))
                .setLineStyle(new BasicStroke(1.4f));
        skipped(chart, "skipped by PyTorch", pair.torch(), pair.torch().skipped(), new Color(0xf4a261), false);
        skipped(chart, "skipped by miXed", pair.torch(), pair.mixed().skipped(), new Color(0x1f3b77), true);
        return chart;
    }

    private static void skipped(XYChart chart, String name, TorchCurves.Curve at, List<Integer> steps, Color color, boolean cross) {
        if (!steps.isEmpty()) {
            double[] x = steps.stream().mapToDouble(s -> s).toArray();
            double[] y = steps.stream().mapToDouble(s -> at.losses()[s]).toArray();
            chart.addSeries(name, x, y).setMarker(cross ? SeriesMarkers.CROSS : SeriesMarkers.CIRCLE).setMarkerColor(color).setLineStyle(SeriesLines.NONE);
        }
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }
}
