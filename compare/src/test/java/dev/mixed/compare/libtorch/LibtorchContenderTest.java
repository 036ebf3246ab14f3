// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.libtorch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.compare.curves.FormulaWeights;
import dev.mixed.compare.curves.TorchCurves;
import dev.mixed.compare.speed.Job;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.TrainingStep;
import dev.mixed.train.data.Batch;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is timed as libtorch's training is the same training: from the same weights, the same losses step by step. */
class LibtorchContenderTest {
    @BeforeAll
    static void needsLibtorch() {
        Assumptions.assumeTrue(Libtorch.available(), "skipped: libtorch is not on the class path (the profile libtorch adds it on Linux x86_64)");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void trainsTheSameModel(int classes) {
        BertConfig config = TorchCurves.config().withClassifier(List.of("a", "b", "c").subList(0, classes), false);
        List<Batch> batches = TorchCurves.open().batches().subList(0, 20).stream().map(b -> withLabels(b, classes)).toList();
        Job job = Job.random(config, 16, 32, 1);
        try (Device device = JvmDevice.open(); LibtorchContender libtorch = new LibtorchContender(job)) {
            BertForSequenceClassification model = new BertForSequenceClassification(config, device, 0);
            FormulaWeights.write(model);
            model.namedParameters().forEach((name, p) -> libtorch.write(name, p.data().toFloats()));
            AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), Job.DECAY), Job.RATE);
            TrainingStep step = new TrainingStep(model, optimizer, Job.CLIP, device);
            libtorch.load(batches);
            for (int i = 0; i < batches.size(); i++) {
                float loss = step.run(batches.get(i)).item();
                assertFalse(Float.isNaN(loss));
                assertEquals(loss, libtorch.run(i, 1).loss(), 2e-5 * loss, "loss of step " + (i + 1));
            }
        }
    }

    /** Three classes, and in every other batch a row that only fills it up. */
    private static Batch withLabels(Batch b, int classes) {
        int[] labels = new int[b.batchSize()];
        Arrays.setAll(labels, i -> classes == 2 ? b.labels()[i] : (b.labels()[i] + i) % classes);
        float[] weights = b.weights().clone();
        weights[weights.length - 1] = b.inputIds()[1] % 2;
        return new Batch(b.batchSize(), b.seqLength(), b.realCount(), b.inputIds(), b.attentionMask(), b.tokenTypeIds(), labels, weights, b.indices());
    }
}
