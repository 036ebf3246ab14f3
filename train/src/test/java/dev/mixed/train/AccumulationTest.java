// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Batches of whatever sizes give the step of one batch of all their texts, in any precision, recorded and replayed. */
class AccumulationTest {
    private static final int ROWS = 8;
    private static final int SEQ = 6;
    private static final int STEPS = 3;
    private static final List<String> TWO = List.of("a", "b");
    private static final List<String> THREE = List.of("a", "b", "c");

    /** What some steps left: the mean loss over the texts of each, and all parameters. */
    private record Run(double[] losses, List<float[]> weights, long programs) {
    }

    /** Sizes of a step's batches, rows that each is padded to (0: none), classes, largest norm of the gradient, in each precision. */
    static Stream<Arguments> steps() {
        List<Arguments> rows = new ArrayList<>();
        for (Precision precision : Precision.values()) {
            rows.add(Arguments.of(precision, List.of(4, 4), 0, TWO, 0f));
            rows.add(Arguments.of(precision, List.of(5, 3), 0, TWO, 0f));
            rows.add(Arguments.of(precision, List.of(1, 7), 0, THREE, 0f));
            rows.add(Arguments.of(precision, List.of(3, 3, 2), 3, THREE, 0f));
            rows.add(Arguments.of(precision, List.of(3, 3, 2), 3, TWO, 0.05f));
            rows.add(Arguments.of(precision, List.of(1, 1, 1, 1, 1, 1, 1, 1), 4, THREE, 0.05f));
        }
        return rows.stream();
    }

    @ParameterizedTest
    @MethodSource("steps")
    void aStepIsTheMeanOverItsTexts(Precision precision, List<Integer> sizes, int padded, List<String> classes, float clip) {
        Run whole = run(precision, List.of(ROWS), 0, classes, clip);
        Run parts = run(precision, sizes, padded, classes, clip);
        // A rate of 1 without momentum: the weights differ by no more than the gradients, whose terms are added in another order.
        float tolerance = precision == Precision.FP32 ? 1e-6f : 2e-3f;
        assertArrayEquals(whole.losses, parts.losses, tolerance);
        for (int i = 0; i < whole.weights.size(); i++) {
            assertArrayEquals(whole.weights.get(i), parts.weights.get(i), tolerance);
        }
    }

    /** Batches of one step count by the weights of their texts' classes, as they would in one large batch. */
    @ParameterizedTest
    @MethodSource("steps")
    void aStepIsTheMeanOverTheWeightsOfItsClasses(Precision precision, List<Integer> sizes, int padded, List<String> classes, float clip) {
        LossForm form = new LossForm(0.1, List.of(0.25, 4.0, 1.5).subList(0, classes.size()));
        Run whole = run(precision, List.of(ROWS), 0, classes, clip, form);
        Run parts = run(precision, sizes, padded, classes, clip, form);
        float tolerance = precision == Precision.FP32 ? 1e-6f : 3e-3f;
        assertArrayEquals(whole.losses, parts.losses, tolerance);
        for (int i = 0; i < whole.weights.size(); i++) {
            assertArrayEquals(whole.weights.get(i), parts.weights.get(i), tolerance);
        }
    }

    private static Run run(Precision precision, List<Integer> sizes, int padded, List<String> classes, float clip) {
        return run(precision, sizes, padded, classes, clip, new LossForm(0, List.of()));
    }

    private static Run run(Precision precision, List<Integer> sizes, int padded, List<String> classes, float clip, LossForm form) {
        Random random = new Random(2);
        double[] losses = new double[STEPS];
        try (Device device = JvmDevice.open(2)) {
            BertForSequenceClassification model = model(classes, device);
            GradScaler scaler = new GradScaler(device, 1024, 2, 0.5, 2000, precision != Precision.FP32);
            Task<?> task = new ClassificationTask(model, classes).with(form);
            TrainingStep step = new TrainingStep(task, new SGD(List.of(new ParameterGroup(model.namedParameters(), 0f)), 1f), clip, device, precision,
                    scaler);
            for (int s = 0; s < STEPS; s++) {
                int[] ids = random.ints(ROWS * SEQ, 5, 20).toArray();
                int[] labels = random.ints(ROWS, 0, classes.size()).toArray();
                List<Batch> batches = batches(ids, labels, sizes, padded);
                float[] means = step.run(batches);
                double all = batches.stream().mapToDouble(task::weight).sum();
                for (int i = 0; i < means.length; i++) {
                    losses[s] += means[i] * task.weight(batches.get(i)) / all;
                }
            }
            assertEquals(0, scaler.skippedUpdates().skips());
            assertEquals(precision == Precision.FP32 ? 0 : STEPS, scaler.skippedUpdates().updates());
            return new Run(losses, model.parameters().stream().map(p -> p.data().toFloats()).toList(), device.stats().programsRecorded());
        }
    }

    @Test
    void oneProgramServesEverySize() {
        // Batches of 3 rows, the first, further and last gradients of a step, and the update.
        assertEquals(5, run(Precision.FP32, List.of(3, 3, 2), 3, TWO, 0f).programs);
        assertEquals(5, run(Precision.FP32, List.of(1, 3, 2, 2), 3, TWO, 0f).programs);
        try (Device device = JvmDevice.open(1)) {
            BertForSequenceClassification model = model(TWO, device);
            TrainingStep step = new TrainingStep(model, new SGD(List.of(new ParameterGroup(model.namedParameters(), 0f)), 1f), 0f, device);
            int[] ids = new Random(1).ints(ROWS * SEQ, 5, 20).toArray();
            step.run(batches(ids, new int[ROWS], List.of(4, 4), 4));
            long programs = device.stats().programsRecorded();
            step.run(batches(ids, new int[ROWS], List.of(2), 4));
            step.run(batches(ids, new int[ROWS], List.of(1, 2, 4, 1), 4));
            assertEquals(programs, device.stats().programsRecorded(), "a last batch alone, and a step of more batches");
            assertThrows(IllegalArgumentException.class, () -> step.run(List.of()));
        }
    }

    private static BertForSequenceClassification model(List<String> classes, Device device) {
        BertConfig config = Toy.config(classes).withDropout(0);
        return new BertForSequenceClassification(config, device, 3);
    }

    /** @param padded rows of each batch, with those beyond its size of weight 0; 0 for as many as it has texts */
    private static List<Batch> batches(int[] ids, int[] labels, List<Integer> sizes, int padded) {
        List<Batch> batches = new ArrayList<>();
        int first = 0;
        for (int size : sizes) {
            int rows = Math.max(padded, size);
            int[] inputIds = Arrays.copyOf(Arrays.copyOfRange(ids, first * SEQ, (first + size) * SEQ), rows * SEQ);
            int[] mask = new int[rows * SEQ];
            float[] weights = new float[rows];
            for (int row = 0; row < rows; row++) {
                Arrays.fill(mask, row * SEQ, row < size ? (row + 1) * SEQ : row * SEQ + 1, 1);
                weights[row] = row < size ? 1f : 0f;
            }
            batches.add(new Batch(rows, SEQ, size, inputIds, mask, new int[rows * SEQ], Arrays.copyOf(Arrays.copyOfRange(labels, first, first + size), rows),
                    weights, new int[size]));
            first += size;
        }
        return batches;
    }
}
