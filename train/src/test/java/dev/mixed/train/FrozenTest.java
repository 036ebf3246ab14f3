// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.autograd.NoGrad;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForMaskedLM;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.io.UsageException;
import dev.mixed.train.data.Batch;
import dev.mixed.train.run.RunOptions;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is frozen has no gradient and no state, costs no backward pass, and changes no other gradient; and each layer may learn at its own rate. */
class FrozenTest {
    private static final Device DEVICE = JvmDevice.open(1);
    private static final List<String> CLASSES = List.of("a", "b", "c");

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    private static BertConfig config(int layers) {
        return new BertConfig(20, 8, layers, 2, 12, "gelu", 0.0, 0.0, OptionalDouble.empty(), 16, 2, 0.2, 1e-12, 0, CLASSES, List.of("BertModel"), Map.of());
    }

    private static Batch batch() {
        return new Batch(2, 4, 2, new int[] {2, 7, 9, 3, 2, 11, 3, 0}, new int[] {1, 1, 1, 1, 1, 1, 1, 0}, new int[8], new int[] {0, 2}, new float[] {1, 1},
                new int[] {0, 1});
    }

    private static boolean isBelow(String name, int frozenLayers) {
        return name.startsWith("bert.embeddings.")
                || name.startsWith("bert.encoder.layer.") && Integer.parseInt(name.split("\\.")[3]) < frozenLayers;
    }

    private static Map<String, float[]> gradients(Precision precision, Map<String, Object> options, BertForSequenceClassification model) {
        Optimizer optimizer = RunOptimizer.of(model, RunOptions.defaults().with(options));
        TrainingStep step = new TrainingStep(ClassificationTask.unnamed(model), optimizer, 0f, DEVICE, precision, precision.scaler(DEVICE));
        step.backward(batch());
        Map<String, float[]> gradients = new TreeMap<>();
        model.namedParameters().forEach((name, p) -> {
            if (p.grad() != null) {
                gradients.put(name, p.grad().toFloats());
            }
        });
        assertEquals(gradients.keySet(), optimizer.parameters().keySet());
        assertEquals(2 * gradients.size(), optimizer.state().size());
        return gradients;
    }

    @ParameterizedTest
    @CsvSource({"FP32, embeddings, 0, false", "FP32, 1, 1, true", "AMP, 2, 2, false", "AMP, 2, 2, true", "AMP, 3, 3, false"})
    void allOtherGradientsAreTheSame(Precision precision, String freeze, int layers, boolean checkpointing) {
        Map<String, float[]> all = gradients(precision, Map.of(), new BertForSequenceClassification(config(3), DEVICE, 1));
        BertForSequenceClassification frozen = new BertForSequenceClassification(config(3), DEVICE, 1);
        frozen.gradientCheckpointing(checkpointing);
        Map<String, float[]> some = gradients(precision, Map.of("freeze", freeze), frozen);
        all.forEach((name, gradient) -> {
            if (isBelow(name, layers)) {
                assertNull(some.get(name), name);
            } else {
                assertArrayEquals(gradient, some.get(name), name);
            }
        });
        assertTrue(some.size() < all.size());
        // An optimizer without the option trains all of them again.
        RunOptimizer.of(frozen, RunOptions.defaults());
        assertTrue(frozen.parameters().stream().allMatch(Parameter::requiresGrad));
    }

    private static long launches(Runnable work) {
        long before = DEVICE.stats().launchesRecorded();
        work.run();
        return DEVICE.stats().launchesRecorded() - before;
    }

    /** Launches of the forward and backward pass beyond those of the forward pass: as many for 1 frozen layer as for 4. */
    private static long backwardLaunches(int layers, boolean checkpointing) {
        BertForSequenceClassification model = new BertForSequenceClassification(config(layers), DEVICE, 1);
        model.gradientCheckpointing(checkpointing);
        RunOptimizer.of(model, RunOptions.defaults().with("freeze", layers));
        BertInputs inputs = BertInputs.create(DEVICE, 2, 4);
        inputs.write(batch().inputIds(), batch().attentionMask(), batch().tokenTypeIds());
        Tensor labels = Tensor.ofInts(DEVICE, Shape.of(2), 0, 2);
        Tensor weights = Tensor.of(DEVICE, Shape.of(2), 1, 1);
        long forward = launches(() -> {
            try (NoGrad _ = NoGrad.enter()) {
                model.loss(model.forward(inputs), labels, weights);
            }
        });
        return launches(() -> {
            Variable loss = model.loss(model.forward(inputs), labels, weights);
            loss.backward();
        }) - forward;
    }

    @Test
    void nothingIsComputedBelowWhatIsFrozen() {
        long one = backwardLaunches(1, false);
        assertTrue(one > 0);
        assertEquals(one, backwardLaunches(4, false));
        assertEquals(one, backwardLaunches(4, true));
    }

    /** Adam's first step is as large as the rate, whatever the gradient. */
    @Test
    void eachLayerHasItsOwnRate() {
        BertForSequenceClassification model = new BertForSequenceClassification(config(2), DEVICE, 1);
        Map<String, float[]> before = new TreeMap<>();
        model.namedParameters().forEach((name, p) -> before.put(name, p.data().toFloats()));
        RunOptions options = RunOptions.defaults()
                .with(Map.of("lr", 0.01, "layer-wise-lr-decay", 0.5, "weight-decay", 0, "adam-epsilon", 1e-12, "freeze", "embeddings"));
        Optimizer optimizer = RunOptimizer.of(model, options);
        new TrainingStep(model, optimizer, 0f, DEVICE).run(batch());
        Map<String, Double> rates = Map.of("bert.embeddings.word_embeddings.weight", 0.0, "bert.encoder.layer.0.intermediate.dense.weight", 0.01 * 0.25,
                "bert.encoder.layer.1.intermediate.dense.weight", 0.01 * 0.5, "bert.encoder.layer.1.output.LayerNorm.weight", 0.01 * 0.5, "classifier.weight",
                0.01);
        rates.forEach((name, rate) -> {
            float[] after = model.namedParameters().get(name).data().toFloats();
            double largest = 0;
            for (int i = 0; i < after.length; i++) {
                largest = Math.max(largest, Math.abs(after[i] - before.get(name)[i]));
            }
            assertEquals(rate, largest, 1e-3 * rate + (rate == 0 ? 0 : 1e-6), name);
        });
        assertEquals(0.01f, optimizer.currentLearningRate());
    }

    @Test
    void aTiedDecoderIsFrozenWithItsTable() {
        BertForMaskedLM model = new BertForMaskedLM(config(1).withWords(), DEVICE, 1);
        Optimizer optimizer = RunOptimizer.of(model, RunOptions.defaults().with("freeze", "embeddings"));
        assertTrue(optimizer.parameters().keySet().stream().noneMatch(name -> name.contains("embeddings") || name.contains("decoder")));
        assertTrue(optimizer.parameters().containsKey("cls.predictions.transform.dense.weight"));
    }

    @Test
    void whatAModelHasNotIsRefused() {
        BertForSequenceClassification model = new BertForSequenceClassification(config(2), DEVICE, 1);
        String message = assertThrows(UsageException.class, () -> RunOptimizer.of(model, RunOptions.defaults().with("freeze", 3))).getMessage();
        assertEquals("--freeze 3 is more than the 2 layers of the model.", message);
        for (String none : List.of("0", "-1", "all", "1.5", "")) {
            assertTrue(assertThrows(UsageException.class, () -> RunOptions.defaults().with("freeze", none)).getMessage()
                    .startsWith("--freeze must be embeddings, or a number of layers from 1"));
        }
    }
}
