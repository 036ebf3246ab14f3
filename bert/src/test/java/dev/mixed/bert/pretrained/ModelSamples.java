// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.weights.TensorSource;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/** Small models each of whose files carries the same number, so that a mixture of two models is recognised. */
public final class ModelSamples {

    private ModelSamples() {
    }

    public static BertConfig config(int number) {
        return new BertConfig(10 + number % 7, 4, 1, 2, 6, "gelu", 0.1, 0.1, OptionalDouble.empty(), 8, 2, 0.02, 1e-12, 0,
                List.of("no" + number, "yes" + number), List.of("BertModel"), Map.of());
    }

    public static Map<String, byte[]> tokenizer(int number) {
        return Map.of(ModelFolder.VOCAB, ("[PAD]\n[UNK]\nword" + number + "\n").getBytes(StandardCharsets.UTF_8));
    }

    public static List<TensorSource> tensors(SequencedMap<String, List<Integer>> shapes, float value) {
        List<TensorSource> list = new ArrayList<>();
        shapes.forEach((name, shape) -> list.add(TensorSource.floats(name, shape, () -> {
            float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
            Arrays.fill(values, value);
            return values;
        })));
        return list;
    }

    public static ModelContents model(int number) {
        return new ModelContents(config(number), tokenizer(number), tensors(TensorNames.all(config(number)), number));
    }
}
