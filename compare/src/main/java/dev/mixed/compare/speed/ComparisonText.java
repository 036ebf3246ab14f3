// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.cli.report.ResultTable;
import dev.mixed.compare.speed.Contender.Engine;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Comparisons as tables and as JSON. */
public final class ComparisonText {
    private static final double MIB = 1024.0 * 1024;

    private static final String RATIOS = "Ratios are medians over rounds of the ratio in each round, where all met the same load; those of the medians shown may differ.";

    private ComparisonText() {
    }

    /** The table of timed steps; the last three columns say how many times as fast as PyTorch each contender is. */
    public static String steps(Comparison c) {
        ResultTable table = new ResultTable("", "ms/step", "best", "samples/s", "tokens/s", "peak MiB", "AMP/FP32", "TFLOP/s", "MFU", "/ eager", "/ AMP",
                "/ compile");
        Optional<Result> eager = c.of(Engine.PYTORCH, false);
        Optional<Result> amp = c.of(Engine.PYTORCH, true);
        for (Result r : c.results()) {
            table.add(r.name(), number("%.2f", r.millis()), number("%.2f", r.bestMillis()),
                    number("%.0f", r.samplesPerSecond()), number("%.0f", r.tokensPerSecond()),
                    r.peakBytes() == 0 ? null : number("%.0f", r.peakBytes() / MIB), r.amp() ? number("%.2f", c.ampOverFp32(r.engine())) : null,
                    number(r.teraflops() < 1 ? "%.3f" : "%.1f", r.teraflops()), number("%.3f", c.utilisation(r)), number("%.2f", c.speedUp(eager, r)),
                    number("%.2f", c.speedUp(amp, r)),
                    number("%.2f", c.speedUp(c.compiled(), r)));
        }
        boolean ratios = c.results().stream().anyMatch(r -> Stream.of(eager, amp, c.compiled()).anyMatch(b -> c.speedUp(b, r).isPresent()))
                || Arrays.stream(Engine.values()).anyMatch(e -> c.ampOverFp32(e).isPresent());
        return c.headline() + "\n" + table + (ratios ? "\n" + RATIOS : "") + fastest(c, Result::millis, "ms a step", c::speedUp)
                + c.disturbance().map("\n"::concat).orElse("") + notes(c);
    }

    /** The table of training times: a line for each precision, a column for each engine. */
    public static String epochs(Comparison c, int epochs) {
        List<Engine> engines = Arrays.stream(Engine.values()).filter(e -> c.results().stream().anyMatch(r -> r.engine() == e)).toList();
        String[] columns = new String[engines.size() + 2];
        columns[0] = "training time of " + epochs + (epochs == 1 ? " epoch" : " epochs") + ", s";
        for (int i = 0; i < engines.size(); i++) {
            Engine engine = engines.get(i);
            columns[i + 1] = c.of(engine, false).or(() -> c.of(engine, true)).orElseThrow().label();
        }
        columns[columns.length - 1] = "PyTorch/miXed";
        ResultTable table = new ResultTable(columns);
        for (boolean amp : new boolean[] {false, true}) {
            @Nullable Object[] row = new @Nullable Object[columns.length];
            row[0] = amp ? "AMP" : "FP32";
            for (int i = 0; i < engines.size(); i++) {
                row[i + 1] = c.of(engines.get(i), amp).map(r -> number("%.1f", r.totalSeconds())).orElse(null);
            }
            Optional<Result> pytorch = c.of(Engine.PYTORCH, amp);
            row[columns.length - 1] = number("%.2f", c.of(Engine.MIXED, amp).flatMap(m -> c.speedUpInAll(pytorch, m)));
            table.add(row);
        }
        @Nullable Object[] row = new @Nullable Object[columns.length];
        row[0] = "FP32/AMP";
        for (int i = 0; i < engines.size(); i++) {
            Engine engine = engines.get(i);
            row[i + 1] = number("%.2f", c.of(engine, true).flatMap(a -> c.speedUpInAll(c.of(engine, false), a)));
        }
        return c.headline() + "\n" + table.add(row) + fastest(c, Result::totalSeconds, "s", c::speedUpInAll)
                + c.disturbance().map("\n"::concat).orElse("") + notes(c);
    }

    /** A line on PyTorch's fastest way, and on how miXed's fastest compares with it, where nothing held one of them up. */
    private static String fastest(Comparison c, ToDoubleFunction<Result> time, String unit, BiFunction<Optional<Result>, Result, Optional<Double>> speedUp) {
        Optional<Result> pytorch = c.fastestOfPyTorch(time);
        Optional<Result> mixed = c.fastestOfMixed(time);
        return pytorch.flatMap(p -> mixed.flatMap(m -> speedUp.apply(pytorch, m)
                .map(ratio -> String.format(Locale.ROOT, "\nPyTorch's fastest of these ways is %s (%.2f %s); %s is %.2f times as fast.", p.name(),
                        time.applyAsDouble(p), unit, m.name(), ratio))))
                .orElse("");
    }

    private static String notes(Comparison c) {
        StringBuilder lines = new StringBuilder();
        c.notes().forEach(note -> lines.append('\n').append(note));
        return lines.toString();
    }

    private static @Nullable Cell number(String format, Optional<Double> value) {
        return value.map(v -> number(format, v)).orElse(null);
    }

    private static Cell number(String format, double value) {
        return new Cell(String.format(Locale.ROOT, format, value));
    }

    /** A number as it is to be shown; the table aligns it as one, which it would not do with a string. */
    private record Cell(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    /** Everything, with a list of results. */
    public static ObjectNode json(Comparison c) {
        ObjectNode node = new ObjectMapper().createObjectNode().put("headline", c.headline());
        ArrayNode results = node.putArray("results");
        for (Result r : c.results()) {
            ObjectNode o = results.addObject().put("name", r.name()).put("engine", r.engine().label()).put("amp", r.amp())
                    .put("ms_per_step", r.millis()).put("best_ms_per_step", r.bestMillis())
                    .put("samples_per_second", r.samplesPerSecond()).put("tokens_per_second", r.tokensPerSecond()).put("total_seconds", r.totalSeconds())
                    .put("tflops", r.teraflops());
            if (r.peakBytes() > 0) {
                o.put("peak_bytes", r.peakBytes());
            }
            c.utilisation(r).ifPresent(u -> o.put("model_flops_utilisation", u));
            if (r.amp()) {
                c.ampOverFp32(r.engine()).ifPresent(v -> o.put("amp_over_fp32", v));
            }
            o.put("disturbed", r.disturbed());
            c.speedUp(c.of(Engine.PYTORCH, false), r).ifPresent(v -> o.put("times_as_fast_as_pytorch_eager", v));
            c.speedUp(c.of(Engine.PYTORCH, true), r).ifPresent(v -> o.put("times_as_fast_as_pytorch_amp", v));
            c.speedUp(c.compiled(), r).ifPresent(v -> o.put("times_as_fast_as_torch_compile", v));
            ArrayNode rounds = o.putArray("rounds");
            r.rounds().forEach(round -> rounds.addObject().put("steps", round.steps()).put("seconds", round.seconds()));
        }
        c.fastestOfPyTorch(Result::millis).ifPresent(r -> node.put("fastest_pytorch", r.name()));
        ArrayNode notes = node.putArray("notes");
        c.disturbance().ifPresent(notes::add);
        c.notes().forEach(notes::add);
        return node;
    }
}
