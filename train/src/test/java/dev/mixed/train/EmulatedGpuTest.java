// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Recomputing;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.GpuLowerings;
import dev.mixed.train.data.Batch;
import dev.mixed.train.run.RunOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training steps and a prediction as a GPU runs them, kernel by kernel, against the reference kernels. */
class EmulatedGpuTest {
    /** More tokens than one chunk of a sum over rows. */
    private static final int BATCH = 11;
    private static final int SEQ = 12;
    private static final int STEPS = 2;
    /** Of a model in which layers are told apart; kernels of one are those of the others. */
    private static final int LAYERS = 2;
    private static final float RATE = 1e-3f;

    /** @param gradients of each step */
    private record Run(List<Float> losses, List<Map<String, float[]>> gradients, Map<String, float[]> parameters, float[] logits, List<Integer> skips) {
    }

    @ParameterizedTest
    @CsvSource({"FP32, 0, false, false", "AMP, 0, false, false", "AMP_FLOAT_RESIDUAL, 0, false, false", "AMP, 75, false, false", "FP32, 0, true, false",
        "AMP, 90, true, false", "AMP, 75, false, true"})
    void stepsAgreeWithTheReference(Precision precision, int computeCapability, boolean packed, boolean steered) {
        Run expected;
        Run actual;
        try (JvmDevice device = JvmDevice.reference()) {
            expected = run(device, precision, packed, steered);
        }
        try (EmulatedGpu device = new EmulatedGpu(GpuLowerings.all(new GpuTarget("cuda", computeCapability)))) {
            actual = run(device, precision, packed, steered);
        }
        // Half gradients carry 11 bits, and pass through some ten roundings.
        double tolerance = precision == Precision.FP32 ? 1e-4 : 2e-2;
        assertEquals(expected.skips, actual.skips);
        for (int i = 0; i < STEPS; i++) {
            assertEquals(expected.losses.get(i), actual.losses.get(i), tolerance);
        }
        // A key's bias changes no attention: its gradient is 0 but for rounding, which is of the size of other gradients' rounding.
        Map<String, float[]> last = expected.gradients.getLast();
        double floor = 0.01 * last.values().stream().mapToDouble(EmulatedGpuTest::largest).max().orElseThrow();
        last.forEach((name, gradient) -> assertClose(gradient, actual.gradients.getLast().get(name), tolerance * Math.max(largest(gradient), floor),
                name + "'s gradient"));
        expected.parameters.forEach((name, values) -> assertMoved(expected, actual, name, floor));
        assertClose(expected.logits, actual.logits, precision == Precision.FP32 ? 1e-3 : 2e-2, "logits");
    }

    /**
     * Adam divides by the gradient's magnitude, so where one step's gradient is near 0 a weight may move either way; others move alike, to a tenth of a
     * step's rate.
     */
    private static void assertMoved(Run expected, Run actual, String name, double floor) {
        float[] values = expected.parameters.get(name);
        if (!expected.gradients.getFirst().containsKey(name)) {
            assertArrayEquals(values, actual.parameters.get(name), name + " is frozen");
            return;
        }
        int clear = 0;
        for (int i = 0; i < values.length; i++) {
            boolean isClear = true;
            for (Map<String, float[]> step : expected.gradients) {
                isClear &= Math.abs(step.get(name)[i]) > 0.2 * Math.max(largest(step.get(name)), floor);
            }
            clear += isClear ? 1 : 0;
            assertEquals(values[i], actual.parameters.get(name)[i], isClear ? 0.1 * RATE : 2.1 * STEPS * RATE, name + "[" + i + "]");
        }
        assertTrue(clear > 0 || name.endsWith("key.bias"), name + " has a clear gradient");
    }

    /** Layers that the backward pass computes again, and values that large programs compute again of themselves, change no bit of two steps. */
    @ParameterizedTest
    @CsvSource({"AMP, 90, false", "AMP_FLOAT_RESIDUAL, 75, true"})
    void computedAgain(Precision precision, int computeCapability, boolean packed) {
        GpuTarget target = new GpuTarget("cuda", computeCapability);
        Run kept;
        Run again;
        try (EmulatedGpu device = new EmulatedGpu(GpuLowerings.all(target))) {
            kept = run(device, precision, packed, false, false, LAYERS);
            if (computeCapability == 90) {
                assertProductsAreJoined(device);
            }
        }
        try (EmulatedGpu device = new EmulatedGpu(GpuLowerings.all(target), Recomputing.always(GpuLowerings.recomputations(target)))) {
            again = run(device, precision, packed, false, true, LAYERS);
        }
        assertSame(kept, again);
    }

    /** Queries, keys and values of each layer are one launch, in the training step as in the prediction; so are their weights' gradients, and their input's. */
    private static void assertProductsAreJoined(EmulatedGpu device) {
        assertEquals(LAYERS * 2, device.launches("wgmma_bias_joined.f16"));
        assertEquals(LAYERS, device.launches("wgmma_joined.f32"));
        assertEquals(LAYERS, device.launches("wgmma_add_sum.f16"));
    }

    private static void assertSame(Run expected, Run actual) {
        assertEquals(expected.losses, actual.losses);
        assertEquals(expected.skips, actual.skips);
        for (int i = 0; i < STEPS; i++) {
            Map<String, float[]> gradients = actual.gradients.get(i);
            expected.gradients.get(i).forEach((name, gradient) -> assertArrayEquals(gradient, gradients.get(name), 0f, name + "'s gradient"));
        }
        expected.parameters.forEach((name, values) -> assertArrayEquals(values, actual.parameters.get(name), 0f, name));
        assertArrayEquals(expected.logits, actual.logits, 0f);
    }

    /** @param steered with weights of classes, smoothed labels, a frozen layer, and another rate for each layer */
    private static Run run(Device device, Precision precision, boolean packed, boolean steered) {
        return run(device, precision, packed, steered, false, steered ? LAYERS : 1);
    }

    private static Run run(Device device, Precision precision, boolean packed, boolean steered, boolean checkpointing, int layers) {
        BertConfig config = new BertConfig(40, 32, layers, 2, 48, "gelu", 0.1, 0.1, OptionalDouble.empty(), 16, 2, 0.2, 1e-12, 0, List.of("a", "b"),
                List.of("BertModel"), Map.of());
        BertForSequenceClassification model = new BertForSequenceClassification(config, device, 3);
        model.gradientCheckpointing(checkpointing);
        Optimizer optimizer = RunOptimizer.of(model, RunOptions.defaults().with(steered
                ? Map.of("lr", RATE, "freeze", 1, "layer-wise-lr-decay", 0.5) : Map.of("lr", RATE)));
        GradScaler scaler = precision.scaler(device);
        LossForm form = steered ? new LossForm(0.1, List.of(1.0, 3.0)) : new LossForm(0, List.of());
        TrainingStep step = new TrainingStep(ClassificationTask.unnamed(model).with(form), optimizer, 1f, device, precision, scaler);
        List<Float> losses = new ArrayList<>();
        List<Map<String, float[]>> gradients = new ArrayList<>();
        for (int i = 0; i < STEPS; i++) {
            losses.add(step.run(batch(i, packed)).item());
            Map<String, float[]> ofStep = new TreeMap<>();
            optimizer.parameters().forEach((name, p) -> ofStep.put(name, p.grad().toFloats()));
            gradients.add(ofStep);
        }
        Map<String, float[]> parameters = new TreeMap<>();
        model.namedParameters().forEach((name, p) -> parameters.put(name, p.data().toFloats()));
        float[] logits = new PredictionStep(model, device, precision).logits(batch(5, packed));
        return new Run(losses, gradients, parameters, logits, List.of(scaler.skippedUpdates().skips(), optimizer.stepCount()));
    }

    private static Batch batch(long seed, boolean packed) {
        Random random = new Random(seed);
        int[] ids = new int[BATCH * SEQ];
        int[] mask = new int[BATCH * SEQ];
        int[] types = new int[BATCH * SEQ];
        int[] labels = new int[BATCH];
        float[] weights = new float[BATCH];
        for (int b = 0; b < BATCH; b++) {
            int length = 3 + random.nextInt(SEQ - 3);
            for (int t = 0; t < length; t++) {
                ids[b * SEQ + t] = t == 0 ? 2 : t == length - 1 ? 3 : 5 + random.nextInt(35);
                mask[b * SEQ + t] = 1;
                types[b * SEQ + t] = 2 * t > length ? 1 : 0;
            }
            labels[b] = random.nextInt(2);
            weights[b] = b == BATCH - 1 ? 0f : 1f;
        }
        Batch batch = new Batch(BATCH, SEQ, BATCH - 1, ids, mask, types, labels, weights, new int[BATCH - 1]);
        return packed ? batch.packed(128, SEQ, 0) : batch;
    }

    private static float largest(float[] values) {
        float largest = 0f;
        for (float v : values) {
            largest = Math.max(largest, Math.abs(v));
        }
        return largest;
    }

    private static void assertClose(float[] expected, float[] actual, double bound, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            float e = expected[i];
            float a = actual[i];
            int index = i;
            assertTrue(Math.abs(a - e) <= bound, () -> what + "[" + index + "] is " + a + ", the reference's " + e);
        }
    }
}
