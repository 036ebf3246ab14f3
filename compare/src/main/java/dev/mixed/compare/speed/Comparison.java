// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * All that a comparison found out.
 *
 * @param headline job and devices in a line
 * @param peak     of the device; null if it is not known
 * @param notes    sentences on what is missing, and why
 */
public record Comparison(String headline, List<Result> results, Flops.@Nullable Peak peak, List<String> notes) {
    /** The result of an engine in a precision. */
    public Optional<Result> of(Contender.Engine engine, boolean amp) {
        return results.stream().filter(r -> r.engine() == engine && r.amp() == amp).findFirst();
    }

    /** What {@code torch.compile} makes of mixed precision, or of float where that was not timed. */
    public Optional<Result> compiled() {
        return of(Contender.Engine.COMPILED, true).or(() -> of(Contender.Engine.COMPILED, false));
    }

    /**
     * PyTorch's fastest way; empty where there are no two to choose from, or where other work held up the fastest, or one that would be faster at its best.
     *
     * @param time of a result, the less the faster
     */
    public Optional<Result> fastestOfPyTorch(ToDoubleFunction<Result> time) {
        List<Result> ways = results.stream().filter(r -> r.engine() != Contender.Engine.MIXED).toList();
        if (ways.size() < 2) {
            return Optional.empty();
        }
        Result fastest = Collections.min(ways, Comparator.comparingDouble(time));
        return ways.stream().anyMatch(way -> way.disturbed() && way.bestMillis() <= fastest.millis()) ? Optional.empty() : Optional.of(fastest);
    }

    /** miXed's fastest precision; empty where it was not timed. */
    public Optional<Result> fastestOfMixed(ToDoubleFunction<Result> time) {
        return results.stream().filter(r -> r.engine() == Contender.Engine.MIXED).min(Comparator.comparingDouble(time));
    }

    /** How many times as fast as in float an engine is in mixed precision. */
    public Optional<Double> ampOverFp32(Contender.Engine engine) {
        return of(engine, true).flatMap(amp -> speedUp(of(engine, false), amp));
    }

    /** The share of the device's peak that a result reaches. */
    public Optional<Double> utilisation(Result r) {
        return Optional.ofNullable(peak).map(p -> r.teraflops() / (r.amp() ? p.amp() : p.fp32()));
    }

    /** A sentence on those whose rounds differ so much that other work must have held some up; empty if there are none. */
    public Optional<String> disturbance() {
        String names = results.stream().filter(Result::disturbed).map(Result::name).collect(Collectors.joining(", "));
        return names.isEmpty() ? Optional.empty()
                : Optional.of("Other work disturbed " + names + ": the median is more than " + Result.CALM + " times the best, so no ratio with "
                        + (results.stream().filter(Result::disturbed).count() == 1 ? "it" : "them") + " is given; time again on a quiet machine.");
    }

    /** How many times as fast as the other {@code fast} is; empty where one is missing, or where other work held one up: no number is better than a wrong one. */
    public Optional<Double> speedUp(Optional<Result> slow, Result fast) {
        return slow.filter(other -> !other.disturbed() && !fast.disturbed()).map(other -> ratio(other, fast));
    }

    /** {@link #speedUp} in the time of all rounds together. */
    public Optional<Double> speedUpInAll(Optional<Result> slow, Result fast) {
        return slow.filter(other -> !other.disturbed() && !fast.disturbed()).map(other -> other.totalSeconds() / fast.totalSeconds());
    }

    /** How many times as fast as {@code slow} the other is: the median over rounds of the ratio of their times, since both met the same load in a round. */
    static double ratio(Result slow, Result fast) {
        int rounds = Math.min(slow.rounds().size(), fast.rounds().size());
        double[] ratios = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            ratios[i] = slow.rounds().get(i).seconds() / fast.rounds().get(i).seconds();
        }
        return Result.median(ratios);
    }
}
