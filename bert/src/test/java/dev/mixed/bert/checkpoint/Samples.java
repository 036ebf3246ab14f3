package dev.mixed.bert.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.JsonFile;
import dev.mixed.bert.config.TensorNames;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/** Small checkpoints each of whose files carries the same number, so that a mixture of two checkpoints is recognised. */
final class Samples {

    private Samples() {
    }

    static BertConfig config(int number) {
        return new BertConfig(10 + number % 7, 4, 1, 2, 6, "gelu", 0.1, 0.1, OptionalDouble.empty(), 8, 2, 0.02, 1e-12, 0,
                List.of("no" + number, "yes" + number), List.of("BertModel"), Map.of());
    }

    static Map<String, byte[]> tokenizer(int number) {
        return Map.of(CheckpointFolder.VOCAB, ("[PAD]\n[UNK]\nword" + number + "\n").getBytes(StandardCharsets.UTF_8));
    }

    static List<TensorSource> tensors(SequencedMap<String, List<Integer>> shapes, float value) {
        List<TensorSource> list = new ArrayList<>();
        shapes.forEach((name, shape) -> list.add(TensorSource.floats(name, shape, () -> {
            float[] values = new float[shape.stream().reduce(1, (a, b) -> a * b)];
            Arrays.fill(values, value);
            return values;
        })));
        return list;
    }

    static CheckpointContents model(int number) {
        return CheckpointContents.ofModel(config(number), tokenizer(number), tensors(TensorNames.all(config(number)), number));
    }

    static CheckpointContents training(int number) {
        SequencedMap<String, Long> random = new LinkedHashMap<>();
        random.put("seed", Long.MIN_VALUE + number);
        random.put("counter", Long.MAX_VALUE - number);
        ObjectNode extra = JsonFile.object();
        extra.putObject("scaler").put("scale", 65536.0 + number);
        TrainingState state = new TrainingState(number, number + 1, number + 2, random, extra);
        return model(number).withState(state, tensors(moments(number), -number));
    }

    static SequencedMap<String, List<Integer>> moments(int number) {
        return TensorNames.moments(TensorNames.all(config(number)), "exp_avg", "exp_avg_sq");
    }

    /** Opens {@code folder}, checks that every part of it belongs to one checkpoint, and gives that checkpoint's number. */
    static int numberOf(Path folder) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            String label = checkpoint.config().labels().getFirst();
            int number = Integer.parseInt(label.substring(2));
            assertEquals(config(number), checkpoint.config());
            assertEquals(tokenizer(number).keySet(), checkpoint.tokenizerFiles().keySet());
            assertArrayEquals(tokenizer(number).get(CheckpointFolder.VOCAB), checkpoint.tokenizerFiles().get(CheckpointFolder.VOCAB));
            assertEquals(List.of(), CheckpointFit.check(checkpoint.model(), checkpoint.config()));
            assertFilled(checkpoint.model(), number);
            checkpoint.state().ifPresent(state -> {
                assertEquals(training(number).state().orElseThrow(), state);
                SafetensorsFile tensors = checkpoint.stateTensors().orElseThrow();
                assertEquals(List.of(), CheckpointFit.check(tensors, moments(number)));
                assertFilled(tensors, -number);
            });
            return number;
        }
    }

    private static void assertFilled(WeightFile file, float value) {
        for (String name : file.tensors().keySet()) {
            for (float v : file.floats(name)) {
                assertEquals(value, v, name);
            }
        }
    }
}
