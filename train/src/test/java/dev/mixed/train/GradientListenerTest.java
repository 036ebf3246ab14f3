// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.bert.pretrained.TokenizerFiles;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.checkpoint.RunFolder;
import dev.mixed.train.data.Dataset;
import dev.mixed.train.data.LabeledText;
import dev.mixed.train.data.TokenizedDataset;
import dev.mixed.train.run.RunOptions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A listener's gradients are those of the mean loss: neither scaled nor clipped, whatever the precision and however a step is divided into batches. */
class GradientListenerTest {
    private static final List<String> CLASSES = List.of("weather", "food");

    @TempDir
    Path temp;

    private final Map<String, float[]> expected = new LinkedHashMap<>();

    @Test
    void gradientsAreThoseOfTheMeanLoss() {
        try (Device device = JvmDevice.open(1)) {
            expected.putAll(gradients("float", device, Map.of("batch", 4)));
            assertEquals(new BertForSequenceClassification(Toy.config(CLASSES), device, 3).namedParameters().keySet(), expected.keySet());
            assertTrue(expected.values().stream().allMatch(GradientListenerTest::anyNotZero));
            assertClose(1e-6f, gradients("clipped", device, Map.of("batch", 4, "clip", 1e-3)));
            assertClose(2e-3f, gradients("half", device, Map.of("batch", 4, "amp", true)));
            assertClose(2e-3f, gradients("accumulated", device, Map.of("batch", 2, "accumulate", 2, "amp", true)));
        }
    }

    private static boolean anyNotZero(float[] values) {
        for (float value : values) {
            if (value != 0f) {
                return true;
            }
        }
        return false;
    }

    private void assertClose(float tolerance, Map<String, float[]> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), tolerance, name));
    }

    /** Of the first step, over the same four texts. */
    private Map<String, float[]> gradients(String folder, Device device, Map<String, Object> options) {
        BertForSequenceClassification model = new BertForSequenceClassification(Toy.config(CLASSES).withDropout(0), device, 3);
        List<LabeledText> texts = Dataset.load(Toy.data(temp), 1).train().subList(0, 4);
        RunOptions all = RunOptions.defaults().with("epochs", 1).with("length", 16).with("log-every", 1).with("pad", "max").with(options);
        Map<String, float[]> gradients = new LinkedHashMap<>();
        try (BertTokenizer tokenizer = Toy.tokenizer()) {
            TokenizedDataset data = TokenizedDataset.of(texts, tokenizer, 16);
            Trainer.of(model, CLASSES, data, data, TokenizerFiles.of(tokenizer, 16), all, new RunFolder(temp.resolve(folder)), device)
                    .run(new TrainingListener() {
                        @Override
                        public boolean readsGradients() {
                            return true;
                        }

                        @Override
                        public void gradient(long step, String parameter, float[] values) {
                            assertEquals(1, step);
                            assertTrue(gradients.put(parameter, values) == null, parameter);
                        }
                    });
        }
        return gradients;
    }
}
