// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.speed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.train.data.Batch;
import dev.mixed.train.run.RunOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Contenders take turns; who fails falls out; all train on the same batches. */
class InterleavingTest {
    private final BertConfig config = BertConfig.of(Preset.of("tiny"), 100, List.of("0", "1"));
    private static final Interleaving.Waits NO_WAITS = new Interleaving.Waits(0, 0);
    private final List<String> log = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    /** A contender that notes what it is asked for, and says that a step takes a fixed time. */
    private final class Fake implements Contender {
        private final Engine engine;
        private final boolean amp;
        private final double seconds;
        private final int failsAfter;
        private final List<Integer> steps = new ArrayList<>();
        private double loss = 0.7;
        private boolean closed;

        Fake(Engine engine, boolean amp, double seconds, int failsAfter) {
            this.engine = engine;
            this.amp = amp;
            this.seconds = seconds;
            this.failsAfter = failsAfter;
        }

        @Override
        public Engine engine() {
            return engine;
        }

        @Override
        public boolean amp() {
            return amp;
        }

        @Override
        public void load(List<Batch> batches) {
            log.add("load " + name() + " " + batches.size());
        }

        @Override
        public Run run(int first, int count) {
            if (steps.size() >= failsAfter) {
                throw new ContenderException("out of memory");
            }
            for (int i = 0; i < count; i++) {
                steps.add(first + i);
            }
            log.add(name());
            return new Run(count * seconds, loss);
        }

        @Override
        public long peakBytes() {
            return 1L << 20;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void epochsTakeTurnsOverTheSameBatches() {
        Job job = Job.texts(config, null, null, 16, 64, 1, RunOptions.Pad.BUCKET);
        Fake mixed = new Fake(Contender.Engine.MIXED, false, 0.5, Integer.MAX_VALUE);
        Fake torch = new Fake(Contender.Engine.PYTORCH, false, 1, Integer.MAX_VALUE);
        List<String> said = new ArrayList<>();
        List<Result> results = new Interleaving(job, List.of(mixed, torch), notes::add, said::add, NO_WAITS).epochs(2);
        assertTrue(said.get(1).matches("epoch 1/2: " + mixed.name() + " took \\d+\\.\\d s"), said::toString);
        int batches = job.batches(0).size();
        String load = " " + batches;
        assertEquals(List.of("load miXed FP32" + load, "miXed FP32", "load PyTorch FP32" + load, "PyTorch FP32", "load miXed FP32" + load, "miXed FP32",
                "load PyTorch FP32" + load, "PyTorch FP32"), log);
        assertEquals(batches * 2 * 0.5, results.get(0).totalSeconds(), 1e-9);
        assertEquals(2000, results.get(0).rounds().get(1).samples());
        assertEquals(job.batches(1).stream().mapToLong(Batch::tokenCount).sum(), results.get(1).rounds().get(1).tokens());
        assertEquals(2, Comparison.ratio(results.get(1), results.get(0)), 1e-9);
        String table = ComparisonText.epochs(new Comparison("job", results, null, List.of("a note")), 2);
        assertTrue(table.lines().anyMatch(l -> l.matches("FP32 +" + batches + "\\.0 +" + 2 * batches + "\\.0 +2\\.00")), table);
        assertTrue(table.endsWith("a note"), table);
    }

    @Test
    void packedBatchesAreComparedWithEachFormOfTheSameTexts() {
        Job job = Job.texts(config, null, null, 16, 64, 1, RunOptions.Pad.PACKED);
        List<Batch> bucketed = job.batches(0, new Fake(Contender.Engine.PYTORCH, true, 1, 1));
        for (Contender.Engine engine : Contender.Engine.values()) {
            List<Batch> batches = job.batches(0, new Fake(engine, true, 1, 1));
            assertEquals(bucketed.size(), batches.size());
            for (int i = 0; i < batches.size(); i++) {
                Batch batch = batches.get(i);
                assertArrayEquals(bucketed.get(i).indices(), batch.indices(), engine.label());
                assertEquals(bucketed.get(i).tokenCount(), batch.tokenCount());
                assertEquals(engine == Contender.Engine.MIXED || engine == Contender.Engine.NESTED, batch.isPacked(), engine.label());
                assertTrue(engine.form() != Contender.Form.PADDED || batch.seqLength() == 64, engine.label());
            }
        }
        assertTrue(bucketed.stream().anyMatch(b -> b.seqLength() < 64));
    }

    @Test
    void whoFailsFallsOutWithANote() {
        Job job = Job.texts(config, null, null, 16, 64, 1, RunOptions.Pad.BUCKET);
        Fake mixed = new Fake(Contender.Engine.MIXED, false, 0.5, Integer.MAX_VALUE);
        Fake torch = new Fake(Contender.Engine.PYTORCH, true, 1, job.batches(0).size());
        List<Result> results = new Interleaving(job, List.of(mixed, torch), notes::add, line -> {}, NO_WAITS).epochs(2);
        assertEquals(List.of("miXed FP32"), results.stream().map(Result::name).toList());
        assertEquals(List.of("PyTorch AMP fell out: out of memory."), notes);
        assertTrue(torch.closed && !mixed.closed);
    }

    @Test
    void whoseLossIsNoNumberFallsOut() {
        Fake mixed = new Fake(Contender.Engine.MIXED, true, 0.5, Integer.MAX_VALUE);
        Fake torch = new Fake(Contender.Engine.PYTORCH, true, 1, Integer.MAX_VALUE);
        mixed.loss = Double.NaN;
        List<Result> results = new Interleaving(Job.random(config, 4, 8, 1), List.of(mixed, torch), notes::add, line -> {}, NO_WAITS).steps(1, 2);
        assertEquals(List.of("PyTorch AMP"), results.stream().map(Result::name).toList());
        assertEquals(List.of("miXed AMP fell out: its loss has become NaN, so its times mean nothing."), notes);
        assertTrue(mixed.closed && !torch.closed);
    }

    @Test
    void stepsAreSplitIntoTenRounds() {
        Job job = Job.random(config, 4, 8, 1);
        Fake mixed = new Fake(Contender.Engine.MIXED, false, 0.5, Integer.MAX_VALUE);
        List<Result> results = new Interleaving(job, List.of(mixed), notes::add, line -> {}, NO_WAITS).steps(3, 25);
        Result result = results.getFirst();
        assertEquals(10, result.rounds().size());
        assertEquals(25, result.rounds().stream().mapToInt(Result.Round::steps).sum());
        assertEquals(500, result.millis(), 1e-9);
        assertEquals(8, result.samplesPerSecond(), 1e-9);
        assertEquals(64, result.tokensPerSecond(), 1e-9);
        assertEquals(Flops.ofStep(config, 4, 8) / 0.5 / 1e12, result.teraflops(), 1e-15);
        // The timed steps begin at the first batch again.
        assertEquals(0, mixed.steps.get(mixed.steps.size() - 25));
    }
}
