// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import dev.mixed.train.data.Batch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lets contenders take turns, so that whatever else the machine does meets all alike. */
public final class Interleaving {
    private static final int ROUNDS = 10;

    /**
     * Times that are waited.
     *
     * @param warmupMillis least time of all steps before the first timed one: few steps of a small model pass before a JIT compiler is done
     * @param settleMillis before each turn: threads that wait for work by spinning, as OpenMP's do, give their cores up in it
     */
    record Waits(long warmupMillis, long settleMillis) {
    }

    private final Job job;
    private final Waits waits;
    private final Consumer<String> notes;
    private final Consumer<String> progress;
    private final Map<Contender, List<Result.Round>> contenders = new LinkedHashMap<>();

    /**
     * @param contenders in the order that they take turns in
     * @param notes      takes a sentence on each contender that falls out
     * @param progress   takes a line on what is going on
     */
    public Interleaving(Job job, List<Contender> contenders, Consumer<String> notes, Consumer<String> progress) {
        this(job, contenders, notes, progress, new Waits(5000, 250));
    }

    Interleaving(Job job, List<Contender> contenders, Consumer<String> notes, Consumer<String> progress, Waits waits) {
        this.job = job;
        this.waits = waits;
        this.notes = notes;
        this.progress = progress;
        contenders.forEach(c -> this.contenders.put(c, new ArrayList<>()));
    }

    /**
     * Times steps in some ten rounds.
     *
     * @param warmup steps before, not timed; every batch shape has some, and they take five seconds at least
     */
    public List<Result> steps(int warmup, int steps) {
        Map<Contender, List<Batch>> loaded = new HashMap<>();
        each("warming up", c -> {
            List<Batch> batches = job.batches(0, c);
            loaded.put(c, batches);
            c.load(batches);
            warmUp(c, batches, warmup);
        });
        int rounds = Math.min(ROUNDS, steps);
        for (int r = 0; r < rounds; r++) {
            int first = r * steps / rounds;
            int count = (r + 1) * steps / rounds - first;
            progress.accept("round " + (r + 1) + "/" + rounds);
            each(null, c -> time(c, Objects.requireNonNull(loaded.get(c), "every contender has warmed up"), first, count));
        }
        return results(false);
    }

    /** Times whole epochs from the first step on. */
    public List<Result> epochs(int epochs) {
        for (int e = 0; e < epochs; e++) {
            int epoch = e;
            each("epoch " + (e + 1) + "/" + epochs, c -> {
                List<Batch> batches = job.batches(epoch, c);
                c.load(batches);
                time(c, batches, 0, batches.size());
                double seconds = Objects.requireNonNull(contenders.get(c), "it has just been timed").getLast().seconds();
                progress.accept(String.format(Locale.ROOT, "epoch %d/%d: %s took %.1f s", epoch + 1, epochs, c.name(), seconds));
            });
        }
        return results(true);
    }

    /** @param what a word on it for the user, said for each contender; null for none */
    private void each(@Nullable String what, Consumer<Contender> work) {
        for (Contender c : List.copyOf(contenders.keySet())) {
            if (what != null) {
                progress.accept(what + ": " + c.name());
            }
            try {
                Thread.sleep(waits.settleMillis);
                work.accept(c);
            } catch (ContenderException e) {
                notes.accept(c.name() + " fell out: " + e.getMessage() + ".");
                contenders.remove(c);
                c.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while timing", e);
            }
        }
    }

    private void warmUp(Contender c, List<Batch> batches, int warmup) {
        long start = System.nanoTime();
        Set<Integer> tokens = new HashSet<>();
        for (int i = 0; i < batches.size(); i++) {
            if (tokens.add(batches.get(i).inputIds().length)) {
                c.run(i, 1);
            }
        }
        for (int i = 0; i < warmup || System.nanoTime() - start < waits.warmupMillis * 1_000_000; i++) {
            c.run(i, 1);
        }
    }

    private void time(Contender c, List<Batch> batches, int first, int count) {
        long samples = 0;
        long tokens = 0;
        double flops = 0;
        for (int i = first; i < first + count; i++) {
            Batch b = batches.get(i % batches.size());
            samples += b.realCount();
            tokens += b.tokenCount();
            flops += flops(b);
        }
        List<Result.Round> rounds = Objects.requireNonNull(contenders.get(c), "a contender that fell out has no more turns");
        Contender.Run run = c.run(first, count);
        if (!Double.isFinite(run.loss())) {
            throw new ContenderException("its loss has become " + run.loss() + ", so its times mean nothing");
        }
        rounds.add(new Result.Round(count, run.seconds(), samples, tokens, flops));
    }

    private double flops(Batch b) {
        if (!b.isPacked()) {
            return Flops.ofStep(job.config(), b.batchSize(), b.seqLength());
        }
        double sum = 0;
        for (int t = 0; t < b.realCount(); t++) {
            sum += Flops.ofStep(job.config(), 1, b.starts()[t + 1] - b.starts()[t]);
        }
        return sum;
    }

    private List<Result> results(boolean coldStart) {
        return contenders.entrySet().stream()
                .map(e -> new Result(e.getKey().engine(), e.getKey().amp(), e.getKey().name(), e.getValue(), e.getKey().peakBytes(), coldStart))
                .toList();
    }
}
