// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.model.BertInputs;
import dev.mixed.bert.model.TorchFixture;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.weights.SafetensorsFile;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A small BERT that transformers made, from every file format: hidden states, logits, loss and all gradients are those that transformers computed in
 * float64. {@code make_torch_files.py} in {@code pretrained/} made the files.
 */
class PretrainedParityTest {
    private static final int BATCH = 4;
    private static final int SEQ = 8;

    private static Path fixture(String name) {
        URL url = PretrainedParityTest.class.getResource("/pretrained/torch/" + name);
        assertNotNull(url, "make_torch_files.py makes pretrained/torch/" + name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "classifier-f32-zip,f32", "classifier-f32-legacy,f32", "classifier-f32-safetensors,f32", "classifier-bf16-zip,bf16", "classifier-bf16-legacy,bf16",
        "classifier-bf16-safetensors,bf16", "classifier-f32-sharded-safetensors,f32", "classifier-f32-sharded-bin,f32"})
    void classifiers(String name, String precision) {
        try (ModelFolder folder = ModelFolder.open(fixture(name)); Device device = JvmDevice.open(2)) {
            assertTrue(folder.config().hasPooler());
            assertEquals(List.of("negative", "neutral", "positive"), folder.config().labels());
            BertForSequenceClassification model = new BertForSequenceClassification(folder.config(), device, 1);
            ModelState.load(folder, model);
            compare(model, device, precision);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "encoder-f32-zip,f32", "encoder-f32-legacy,f32", "encoder-f32-safetensors,f32", "encoder-bf16-zip,bf16", "encoder-bf16-legacy,bf16",
        "encoder-bf16-safetensors,bf16", "pretraining-f32-legacy,f32", "maskedlm-f32-zip,f32"})
    void encodersWithoutAClassifier(String name, String precision) {
        try (ModelFolder folder = ModelFolder.open(fixture(name)); Device device = JvmDevice.open(2);
                SafetensorsFile expected = SafetensorsFile.open(fixture("expected-" + precision + ".safetensors"))) {
            assertFalse(folder.config().hasPooler());
            BertConfig config = folder.config().withClassifier(List.of("a", "b", "c"), true);
            BertForSequenceClassification model = new BertForSequenceClassification(config, device, 1);
            ModelState.Pretrained loaded = ModelState.loadPretrained(folder, model);
            boolean pooler = !name.startsWith("maskedlm");
            assertEquals(pooler ? 2 : 4, loaded.random().size(), loaded.toString());
            assertTrue(loaded.random().contains(TensorNames.CLASSIFIER_WEIGHT), loaded.toString());
            assertEquals(name.startsWith("encoder"), loaded.skipped().isEmpty(), loaded.toString());
            loaded.random().forEach(parameter -> model.namedParameters().get(parameter).data().write(expected.floats("weight." + parameter)));
            compare(model, device, precision);
        }
    }

    @Test
    void halfWeights() {
        try (ModelFolder folder = ModelFolder.open(fixture("classifier-f16-safetensors")); Device device = JvmDevice.open(2);
                SafetensorsFile expected = SafetensorsFile.open(fixture("expected-f32.safetensors"))) {
            BertForSequenceClassification model = new BertForSequenceClassification(folder.config(), device, 1);
            ModelState.load(folder, model);
            model.eval();
            // Rounded to half, so to three digits.
            TorchFixture.assertClose("logits", expected.floats("logits"), model.forward(inputs(device, expected)).data().toFloats(), 3e-3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classifier-f32-zip", "classifier-bf16-safetensors"})
    void whatIsSavedHereLoadsAlike(String name, @TempDir Path temp) {
        try (ModelFolder folder = ModelFolder.open(fixture(name)); Device device = JvmDevice.open(2)) {
            BertForSequenceClassification model = new BertForSequenceClassification(folder.config(), device, 1);
            ModelState.load(folder, model);
            ModelFolder.save(temp, ModelState.contents(model, Map.of()));
            try (ModelFolder saved = ModelFolder.open(temp)) {
                assertEquals(folder.config(), saved.config());
                BertForSequenceClassification again = new BertForSequenceClassification(saved.config(), device, 2);
                ModelState.load(saved, again);
                compare(again, device, name.contains("bf16") ? "bf16" : "f32");
            }
        }
    }

    private static BertInputs inputs(Device device, SafetensorsFile expected) {
        BertInputs inputs = BertInputs.create(device, BATCH, SEQ);
        inputs.write(expected.ints("input_ids"), expected.ints("attention_mask"), expected.ints("token_type_ids"));
        return inputs;
    }

    private static void compare(BertForSequenceClassification model, Device device, String weights) {
        try (SafetensorsFile expected = SafetensorsFile.open(fixture("expected-" + weights + ".safetensors"))) {
            model.eval();
            BertInputs inputs = inputs(device, expected);
            TorchFixture.assertClose("last hidden state", expected.floats("last_hidden_state"), model.bert().forward(inputs).data().toFloats());
            gradients(model, device, expected, inputs, Precision.FP32, 1e-5);
            gradients(model, device, expected, inputs, Precision.AMP, 5e-3);
        }
    }

    private static void gradients(BertForSequenceClassification model, Device device, SafetensorsFile expected, BertInputs inputs, Precision precision,
            double tolerance) {
        Optimizer optimizer = new SGD(List.of(new ParameterGroup(model.namedParameters(), 0f)), 0f);
        optimizer.zeroGrad();
        Shape batch = Shape.of(BATCH);
        Variable loss;
        try (Autocast _ = precision.scope(device)) {
            Variable logits = model.forward(inputs);
            TorchFixture.assertClose(precision + ": logits", expected.floats("logits"), logits.data().toFloats(), tolerance);
            loss = model.loss(logits, Tensor.ofInts(device, batch, expected.ints("labels")), Tensor.of(device, batch, 1, 1, 1, 1));
        }
        assertEquals(expected.floats("loss")[0], loss.data().item(), tolerance * expected.floats("loss")[0]);
        GradScaler scaler = precision.scaler(device);
        scaler.scale(loss).backward();
        scaler.unscale(optimizer);
        Map<String, Double> squares = new TreeMap<>();
        double error = 0;
        double norm = 0;
        for (var entry : model.namedParameters().entrySet()) {
            float[] wanted = expected.floats("grad." + entry.getKey());
            float[] actual = entry.getValue().grad().toFloats();
            assertEquals(wanted.length, actual.length, entry.getKey());
            double e = 0;
            double n = 0;
            for (int i = 0; i < wanted.length; i++) {
                e += Math.pow((double) wanted[i] - actual[i], 2);
                n += (double) wanted[i] * wanted[i];
            }
            squares.put(entry.getKey(), Math.sqrt(e));
            // Softmax does not change when all keys move alike: that gradient is zero but for rounding.
            if (precision == Precision.FP32 && !entry.getKey().endsWith("key.bias")) {
                assertTrue(Math.sqrt(e / n) <= tolerance, entry.getKey() + " differs by " + Math.sqrt(e / n));
            }
            error += e;
            norm += n;
        }
        assertTrue(norm > 0 && Math.sqrt(error / norm) <= tolerance, precision + ": the gradient differs by " + Math.sqrt(error / norm) + ": " + squares);
    }
}
