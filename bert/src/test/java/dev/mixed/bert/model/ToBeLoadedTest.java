// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose random weights are not made where they are about to be replaced. */
class ToBeLoadedTest {
    private static Map<String, float[]> values(BertForSequenceClassification model) {
        Map<String, float[]> values = new TreeMap<>();
        model.namedParameters().forEach((name, p) -> values.put(name, p.data().toFloats()));
        return values;
    }

    private static boolean isZero(float[] values) {
        return Arrays.equals(values, new float[values.length]);
    }

    /** An odd number of elements in some tensors; the word embeddings are of more than one block of draws. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsNotLoadedIsWhatItWouldHaveBeen(boolean pooler) {
        BertConfig config = BertConfig.of(Preset.TINY, 9001, List.of("a", "b", "c")).withClassifier(List.of("a", "b", "c"), pooler);
        try (Device device = JvmDevice.open(1)) {
            Map<String, float[]> whole = values(new BertForSequenceClassification(config, device, 5));
            Map<String, float[]> encoder = values(BertForSequenceClassification.withEncoderToBeLoaded(config, device, 5));
            Map<String, float[]> none = values(BertForSequenceClassification.toBeLoaded(config, device, 5));
            assertTrue(whole.get(TensorNames.WORD_EMBEDDINGS).length > 1 << 20);
            assertEquals(whole.keySet(), encoder.keySet());
            assertEquals(whole.keySet(), none.keySet());
            int heads = 0;
            for (String name : whole.keySet()) {
                assertEquals(whole.get(name).length, none.get(name).length);
                boolean head = !TensorNames.encoder(config).containsKey(name);
                if (head) {
                    heads++;
                    assertArrayEquals(whole.get(name), encoder.get(name), name);
                }
                if (name.endsWith("weight") && !name.contains("LayerNorm")) {
                    assertFalse(isZero(whole.get(name)), name);
                    assertEquals(!head, isZero(encoder.get(name)), name);
                    assertTrue(isZero(none.get(name)), name);
                }
            }
            assertEquals(pooler ? 4 : 2, heads);
        }
    }
}
