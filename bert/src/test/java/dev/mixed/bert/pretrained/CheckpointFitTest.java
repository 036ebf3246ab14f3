// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.io.UserException;
import dev.mixed.weights.SafetensorsBytes;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.TensorSource;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class CheckpointFitTest {

    private static final List<String> LABELS = List.of("no", "yes");

    private static SafetensorsFile file(SequencedMap<String, List<Integer>> shapes) throws Exception {
        return SafetensorsFile.of("m.safetensors", MemorySegment.ofArray(SafetensorsBytes.of(ModelSamples.tensors(shapes, 1))));
    }

    private static String error(SafetensorsFile file, BertConfig config) {
        String message = assertThrows(UserException.class, () -> CheckpointFit.check(file, config)).getMessage();
        assertTrue(message.startsWith("'m.safetensors'") && message.endsWith(".") && !message.contains("\n"), message);
        return message;
    }

    @Test
    void aFileThatTransformersWroteFitsItsConfig() throws Exception {
        Path folder = Path.of(getClass().getResource("/pretrained/hf").toURI());
        try (ModelFolder model = ModelFolder.open(folder)) {
            List<String> skipped = CheckpointFit.check(model.weights(), model.config());
            assertEquals(List.of(), skipped);
            // named_parameters lists the encoder in the order of TensorNames, so parameter i begins with (i + 1) / 2.
            int i = 0;
            for (String name : TensorNames.encoder(model.config()).keySet()) {
                float[] values = model.weights().floats(name);
                assertEquals((i + 1) * 0.5f, values[0], name);
                assertEquals((i + 1) * 0.5f + 0.001f * (values.length - 1), values[values.length - 1], 1e-5f, name);
                i++;
            }
            assertEquals(21, i);
        }
    }

    @Test
    void everythingThatDoesNotFitIsInOneError() throws Exception {
        BertConfig config = Preset.TINY.config(12, LABELS);
        SequencedMap<String, List<Integer>> shapes = TensorNames.all(config);
        shapes.remove("bert.encoder.layer.0.attention.self.key.bias");
        shapes.remove("classifier.weight");
        shapes.put("bert.encoder.layer.1.output.dense.weight", List.of(512, 128));
        shapes.put("classifier.bias", List.of(2));
        shapes.put("bert.extra", List.of(1));
        shapes.put("bert.\u001b[2J" + "x".repeat(1000), List.of(1));
        shapes.put("cls.predictions.bias", List.of(12));
        String message = error(file(shapes), config);
        assertTrue(message.contains("missing: bert.encoder.layer.0.attention.self.key.bias, classifier.weight;"), message);
        assertTrue(message.contains("bert.encoder.layer.1.output.dense.weight is [512, 128] instead of [128, 512], classifier.bias is [2] instead of [1]"),
                message);
        assertTrue(message.contains("unexpected: bert.extra, bert.?[2J" + "x".repeat(91) + "...)"), message);
        assertFalse(message.contains("cls."), message);
    }

    @Test
    void anotherPresetIsNamedInsteadOfListingItsTensors() throws Exception {
        BertConfig mini = Preset.MINI.config(12, LABELS);
        String message = error(file(TensorNames.all(Preset.TINY.config(12, LABELS))), mini);
        assertTrue(message.contains("preset tiny (2 layers, hidden size 128)") && message.contains("mini (4 layers, hidden size 256, 4 heads)"), message);
        assertTrue(message.length() < 250, message);
        String layers = error(file(TensorNames.all(Preset.SMALL.config(12, LABELS))), Preset.MEDIUM.config(12, LABELS));
        assertTrue(layers.contains("preset small") && layers.contains("medium (8 layers"), layers);
    }

    @Test
    void aMissingLayerIsListedTensorByTensor() throws Exception {
        SequencedMap<String, List<Integer>> shapes = TensorNames.all(Preset.TINY.config(12, LABELS));
        shapes.keySet().removeIf(name -> name.startsWith(TensorNames.layer(1)));
        String message = error(file(shapes), Preset.TINY.config(12, LABELS));
        assertTrue(message.contains("missing: bert.encoder.layer.1.attention.self.query.weight"), message);
    }

    @Test
    void wholeNumbersAreNoWeights() throws Exception {
        SequencedMap<String, List<Integer>> expected = new LinkedHashMap<>();
        expected.put("a", List.of(1));
        SafetensorsFile file = SafetensorsFile.of("m.safetensors", MemorySegment.ofArray(
                SafetensorsBytes.of(List.of(TensorSource.ints("a", List.of(1), () -> new int[1])))));
        String message = assertThrows(UserException.class, () -> CheckpointFit.check(file, expected)).getMessage();
        assertTrue(message.contains("not of a float type: a is I32"), message);
    }

    @Test
    void aCheckpointOfAnotherPresetThanAskedForIsOneSentence() {
        BertConfig tiny = Preset.TINY.config(12, LABELS);
        CheckpointFit.checkPreset("runs/x", tiny, Preset.TINY);
        String message = assertThrows(UserException.class, () -> CheckpointFit.checkPreset("runs/x", tiny, Preset.BASE)).getMessage();
        assertEquals("The checkpoint in 'runs/x' is tiny (2 layers, hidden size 128, 2 heads), not the preset base "
                + "(12 layers, hidden size 768, 12 heads); drop --preset or choose another folder.", message);
    }
}
