// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Batch;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** However seldom losses are read, none is missed, and each counts for its step. */
class StepLossesTest {
    private static final int SEQ = 4;
    private static final List<String> CLASSES = List.of("weather", "food");

    @AutoClose
    private final Device device = JvmDevice.open(1);

    private TrainingStep step() {
        BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(CLASSES).withDropout(0), device, 3);
        // A rate of 0: a batch's loss is the same in whatever step.
        return new TrainingStep(model, new SGD(List.of(new ParameterGroup(model.namedParameters(), 0f)), 0f), 0f, device);
    }

    private static List<Batch> batches(int count) {
        Random random = new Random(5);
        List<Batch> batches = new ArrayList<>();
        int[] mask = new int[SEQ];
        Arrays.fill(mask, 1);
        for (int i = 0; i < count; i++) {
            batches.add(new Batch(1, SEQ, 1, random.ints(SEQ, 5, 20).toArray(), mask, new int[SEQ], new int[] {random.nextInt(2)}, new float[] {1f},
                    new int[] {0}));
        }
        return batches;
    }

    @Test
    void stepsOfMoreBatchesThanTheDeviceKeepsLossesOf() {
        int kept = TrainingStep.LOSSES_KEPT;
        List<Batch> all = batches(2 * kept + 5);
        TrainingStep step = step();
        float[] expected = new float[all.size()];
        for (int from = 0; from < all.size(); from += 200) {
            List<Batch> some = all.subList(from, Math.min(all.size(), from + 200));
            System.arraycopy(step.run(some), 0, expected, from, some.size());
        }
        assertTrue(Arrays.stream(new double[] {expected[0], expected[1]}).distinct().count() == 2);
        assertArrayEquals(expected, step.run(all));
        assertArrayEquals(Arrays.copyOfRange(expected, kept + 5, expected.length), step.lastLosses(kept));
    }

    private static void train(StepLosses losses, long number, List<Batch> batches) {
        double[] weights = batches.stream().mapToDouble(losses::weight).toArray();
        losses.train(number, new StepPart(batches, Arrays.stream(weights).sum(), true, batches.getFirst()), weights);
    }

    @Test
    void readsAllThatWaitInOrder() {
        List<Batch> all = batches(40);
        float[] expected = step().run(all);
        StepLosses losses = new StepLosses(step(), DataParallel.single());
        assertTrue(losses.haveRoomFor(all.size()));
        List<Long> numbers = new ArrayList<>();
        List<Float> read = new ArrayList<>();
        for (int from = 0; from < 40; from += 4) {
            train(losses, 100 + from, all.subList(from, from + 4));
            if (from % 12 == 0) {
                losses.read((number, values, texts) -> {
                    numbers.add(number);
                    assertArrayEquals(new double[] {1, 1, 1, 1}, texts);
                    for (float value : values) {
                        read.add(value);
                    }
                });
            }
        }
        assertEquals(List.of(100L, 104L, 108L, 112L, 116L, 120L, 124L, 128L, 132L, 136L), numbers);
        assertEquals(40, read.size());
        for (int i = 0; i < 40; i++) {
            assertEquals(expected[i], read.get(i));
        }
        losses.read((number, values, texts) -> {
            throw new AssertionError("nothing waits");
        });
        List<Batch> many = batches(TrainingStep.LOSSES_KEPT + 1);
        assertFalse(losses.haveRoomFor(many.size()));
        train(losses, 200, many);
        train(losses, 201, all);
        List<Integer> counts = new ArrayList<>();
        losses.read((number, values, texts) -> {
            counts.add(values.length);
            assertEquals(number == 200 ? many.size() : 40, texts.length);
            assertEquals(expected[0], values[0]);
            assertEquals(expected[39], values[39]);
        });
        assertEquals(List.of(many.size(), 40), counts);
    }

    /** What a run logs. */
    private static final class Log implements TrainingListener {
        private final List<Double> windows = new ArrayList<>();
        private final List<Double> epochs = new ArrayList<>();
        private int steps;

        @Override
        public void step(int texts, double loss) {
            steps++;
            assertTrue(loss > 0);
        }

        @Override
        public void logged(long step, double epoch, double loss, double lr, @Nullable LossScale scale) {
            assertEquals(steps, step);
            windows.add(loss);
        }

        @Override
        public void epochScored(EpochResult result) {
            epochs.add(result.trainLoss());
        }
    }

    private Log run(Path temp, int logEvery) {
        RunOptions options = RunOptions.defaults().with("epochs", 1).with("batch", 4).with("length", 16).with("lr", 5e-3).with("log-every", logEvery);
        Dataset data = Dataset.load(Toy.data(temp), 1);
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            Log log = new Log();
            Trainer.of(new BertForSequenceClassification(Toy.config(CLASSES), device, 3), CLASSES, TokenizedDataset.of(data.train(), tokenizer, 16),
                    TokenizedDataset.of(data.validation(), tokenizer, 16), TokenizerFiles.of(tokenizer, 16), options,
                    new RunFolder(temp.resolve("run" + logEvery)), device).run(log);
            return log;
        }
    }

    @Test
    void meansAreTheSameHoweverOftenARunLogs(@TempDir Path temp) {
        Log each = run(temp, 1);
        Log five = run(temp, 5);
        Log never = run(temp, 1000);
        assertEquals(10, each.windows.size());
        assertEquals(each.epochs, five.epochs);
        assertEquals(each.epochs, never.epochs);
        assertEquals(2, five.windows.size());
        for (int i = 0; i < 2; i++) {
            assertEquals(each.windows.subList(5 * i, 5 * i + 5).stream().mapToDouble(Double::doubleValue).average().orElseThrow(), five.windows.get(i), 1e-12);
        }
        // An epoch shorter than the interval is logged at its end.
        assertEquals(1, never.windows.size());
    }
}
