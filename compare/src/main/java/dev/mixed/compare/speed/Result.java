// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What was measured of a contender.
 *
 * @param rounds    of steps, in order
 * @param peakBytes largest memory; 0 if it is not known
 * @param coldStart whether compilers and caches start in the first round, which is then slower by its nature
 */
public record Result(Contender.Engine engine, boolean amp, String name, List<Round> rounds, long peakBytes, boolean coldStart) {
    /** Of rounds after a warm-up. */
    public Result(Contender.Engine engine, boolean amp, String name, List<Round> rounds, long peakBytes) {
        this(engine, amp, name, rounds, peakBytes, false);
    }

    /** By how much the median may exceed the best on a machine without other work. */
    static final double CALM = 1.5;

    /**
     * Some steps in a row.
     *
     * @param samples texts, rows that only fill up a batch left out
     * @param tokens  of these texts, padding left out
     * @param flops   arithmetic of the model, on padding too
     */
    public record Round(int steps, double seconds, long samples, long tokens, double flops) {
        private double secondsOfStep() {
            return seconds / steps;
        }

        private double flopsOfStep() {
            return flops / steps;
        }
    }

    /** The name without the precision. */
    public String label() {
        return name.replaceAll(" (FP32|AMP)$", "");
    }

    /** Median over rounds of the time of a step, in ms. */
    public double millis() {
        return median(r -> r.seconds * 1000 / r.steps);
    }

    /** Time of a step in the fastest round, in ms: far below the median where the machine has other work too. */
    public double bestMillis() {
        return rounds.stream().mapToDouble(r -> r.seconds * 1000 / r.steps).min().orElseThrow();
    }

    /**
     * Whether other work held up half of the rounds or more. Rounds may compute different things, such as texts of several lengths: more arithmetic may
     * take longer in proportion, as {@code seconds of a step = constant + factor * arithmetic} does, and no longer than that.
     */
    boolean disturbed() {
        List<Round> warm = coldStart ? rounds.subList(1, rounds.size()) : rounds;
        return warm.size() > 1 && median(warm.stream().mapToDouble(r -> r.secondsOfStep() / explained(r, warm)).toArray()) > CALM;
    }

    /** The least time of a step that the other rounds grant this one's arithmetic. */
    private static double explained(Round round, List<Round> all) {
        return all.stream().mapToDouble(other -> other.secondsOfStep() * Math.max(1, round.flopsOfStep() / other.flopsOfStep())).min().orElseThrow();
    }

    /** Median over rounds of texts a second. */
    public double samplesPerSecond() {
        return median(r -> r.samples / r.seconds);
    }

    /** Median over rounds of tokens a second. */
    public double tokensPerSecond() {
        return median(r -> r.tokens / r.seconds);
    }

    /** Median over rounds of TFLOP a second. */
    public double teraflops() {
        return median(r -> r.flops / r.seconds / 1e12);
    }

    /** All rounds together, in seconds. */
    public double totalSeconds() {
        return rounds.stream().mapToDouble(Round::seconds).sum();
    }

    private double median(ToDoubleFunction<Round> value) {
        return median(rounds.stream().mapToDouble(value).toArray());
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }
}
