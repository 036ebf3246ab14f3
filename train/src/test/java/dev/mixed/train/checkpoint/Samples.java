// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.bert.pretrained.CheckpointFit;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.pretrained.ModelSamples;
import dev.mixed.io.JsonFile;
import dev.mixed.weights.SafetensorsFile;
import dev.mixed.weights.WeightFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/** Small checkpoints each of whose files carries the same number, so that a mixture of two checkpoints is recognised. */
final class Samples {

    private Samples() {
    }

    static CheckpointContents model(int number) {
        return CheckpointContents.ofModel(ModelSamples.model(number));
    }

    static CheckpointContents training(int number) {
        SequencedMap<String, Long> random = new LinkedHashMap<>();
        random.put("seed", Long.MIN_VALUE + number);
        random.put("counter", Long.MAX_VALUE - number);
        ObjectNode extra = JsonFile.object();
        extra.putObject("scaler").put("scale", 65536.0 + number);
        TrainingState state = new TrainingState(number, number + 1, number + 2, random, extra);
        return new CheckpointContents(ModelSamples.model(number), Optional.of(state), ModelSamples.tensors(moments(number), -number));
    }

    static SequencedMap<String, List<Integer>> moments(int number) {
        return TensorNames.moments(TensorNames.all(ModelSamples.config(number)), "exp_avg", "exp_avg_sq");
    }

    /** Opens {@code folder}, checks that every part of it belongs to one checkpoint, and gives that checkpoint's number. */
    static int numberOf(Path folder) {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            ModelFolder model = checkpoint.model();
            String label = model.config().labels().getFirst();
            int number = Integer.parseInt(label.substring(2));
            assertEquals(ModelSamples.config(number), model.config());
            assertEquals(ModelSamples.tokenizer(number).keySet(), model.tokenizerFiles().keySet());
            assertArrayEquals(ModelSamples.tokenizer(number).get(ModelFolder.VOCAB), model.tokenizerFiles().get(ModelFolder.VOCAB));
            assertEquals(List.of(), CheckpointFit.check(model.weights(), model.config()));
            assertFilled(model.weights(), number);
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
