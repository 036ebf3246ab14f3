// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import dev.mixed.bert.model.SequenceModel;
import dev.mixed.engine.Device;
import dev.mixed.train.data.TrainingData;
import dev.mixed.train.run.RunOptions;
import dev.mixed.train.run.RunOptionsIO;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** What has to be the same on all ranks of a run, by names for sentences. */
final class RankFacts {
    /** Where a machine has its files, which are compared by what is in them, and what a run's numbers do not depend on. */
    private static final Set<String> OF_EACH = Set.of("data", "model", "vocab", "output", "device", "offline", "no-self-check", "tensorboard",
            "tensorboard-gradients", "mlflow", "mlflow-experiment");

    private RankFacts() {
    }

    /** What a run is started with. */
    static Map<String, String> of(RunOptions options, Device device, TrainingData data, Map<String, byte[]> tokenizerFiles) {
        Map<String, String> facts = new LinkedHashMap<>();
        RunOptionsIO.texts(options).forEach((name, value) -> {
            if (!OF_EACH.contains(name)) {
                facts.put("--" + name, value);
            }
        });
        facts.put("--resume", String.valueOf(options.folder().resume()));
        facts.put("device", device.name());
        facts.put("texts and labels", "checksum " + checksum(data.metadata()));
        CRC32C tokenizer = new CRC32C();
        new TreeMap<>(tokenizerFiles).values().forEach(tokenizer::update);
        facts.put("tokenizer", "checksum " + Long.toHexString(tokenizer.getValue()));
        return facts;
    }

    /** Where a run stands before its next step. */
    static Map<String, String> of(long steps, SequenceModel model) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("steps done", String.valueOf(steps));
        facts.put("weights", "checksum " + WeightsChecksum.of(model));
        return facts;
    }

    private static String checksum(Map<String, String> metadata) {
        CRC32C checksum = new CRC32C();
        checksum.update(metadata.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return Long.toHexString(checksum.getValue());
    }
}
