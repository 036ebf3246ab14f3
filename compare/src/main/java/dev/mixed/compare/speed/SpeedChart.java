// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler;

/** Draws a comparison as bars: texts a second, FP32 and AMP side by side. */
public final class SpeedChart {
    private static final Color[] COLORS = {new Color(0x1f77b4), new Color(0xd62728), new Color(0x9467bd), new Color(0xff7f0e), new Color(0x8c564b),
        new Color(0x2ca02c)};

    private SpeedChart() {
    }

    /** An image of 900 x 500 pixels; those whom other work held up have no bar, and the title names them. */
    public static BufferedImage draw(Comparison c) {
        CategoryChart chart = new CategoryChartBuilder().width(900).height(500).title(title(c)).yAxisTitle("samples / s").theme(Styler.ChartTheme.Matlab)
                .build();
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS).setLegendLayout(Styler.LegendLayout.Horizontal)
                .setLegendBorderColor(new Color(0xdddddd)).setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotGridLinesColor(new Color(0xdddddd));
        chart.getStyler().setChartTitleFont(chart.getStyler().getChartTitleFont().deriveFont(13f));
        chart.getStyler().setLabelsVisible(true).setYAxisMin(0.0);
        List<Boolean> precisions = new ArrayList<>();
        for (boolean amp : new boolean[] {false, true}) {
            if (c.results().stream().anyMatch(r -> r.amp() == amp)) {
                precisions.add(amp);
            }
        }
        Contender.Engine[] engines = Contender.Engine.values();
        for (int i = 0; i < engines.length; i++) {
            Contender.Engine engine = engines[i];
            List<Number> bars = precisions.stream()
                    .<Number>map(amp -> c.of(engine, amp).filter(r -> !r.disturbed()).map(r -> (double) Math.round(r.samplesPerSecond())).orElse(0.0))
                    .toList();
            if (c.results().stream().anyMatch(r -> r.engine() == engine)) {
                chart.addSeries(label(c, engine), precisions.stream().map(amp -> amp ? "AMP" : "FP32").toList(), bars).setFillColor(COLORS[i]);
            }
        }
        return BitmapEncoder.getBufferedImage(chart);
    }

    private static String title(Comparison c) {
        String missing = c.results().stream().filter(Result::disturbed).map(Result::name).collect(Collectors.joining(", "));
        return missing.isEmpty() ? c.headline() : c.headline() + " (not drawn, since other work held it up: " + missing + ")";
    }

    private static String label(Comparison c, Contender.Engine engine) {
        return c.results().stream().filter(r -> r.engine() == engine).findFirst().orElseThrow().label();
    }
}
