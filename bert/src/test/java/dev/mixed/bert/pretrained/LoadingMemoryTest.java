// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.config.TensorNames;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights go from the map of the file to where the device computes with them: the heap holds no copy, not even of one tensor. */
class LoadingMemoryTest {

    @Test
    void loadingTakesNoHeap(@TempDir Path folder) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Device device = JvmDevice.open(1)) {
            BertConfig config = BertConfig.of(Preset.TINY, 8000, List.of("no", "yes"));
            BertForSequenceClassification first = new BertForSequenceClassification(config, device, 1);
            ModelFolder.save(folder, ModelState.contents(first, Map.of()));
            BertForSequenceClassification second = new BertForSequenceClassification(config, device, 2);
            long weights = 4L * second.parameterCount();
            for (boolean pretrained : new boolean[] {false, true}) {
                // The first time, the JVM makes classes for what it links.
                load(folder, second, pretrained);
                long before = threads.getCurrentThreadAllocatedBytes();
                load(folder, second, pretrained);
                long used = threads.getCurrentThreadAllocatedBytes() - before;
                assertTrue(used < weights / 4, "loading " + weights + " bytes of weights took " + used + " bytes of the heap");
            }
            assertArrayEquals(first.namedParameters().get(TensorNames.WORD_EMBEDDINGS).data().toFloats(),
                    second.namedParameters().get(TensorNames.WORD_EMBEDDINGS).data().toFloats());
        }
    }

    private static void load(Path folder, BertForSequenceClassification into, boolean pretrained) {
        try (ModelFolder model = ModelFolder.open(folder)) {
            if (pretrained) {
                ModelState.loadPretrained(model, into);
            } else {
                ModelState.load(model, into);
            }
        }
    }
}
