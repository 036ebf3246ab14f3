// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.GradScaler;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.bert.config.BertConfig;
import dev.mixed.bert.config.Preset;
import dev.mixed.bert.model.BertForSequenceClassification;
import dev.mixed.distributed.Collective;
import dev.mixed.distributed.RankGroup;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.data.Batch;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Gradients that are summed while the backward pass goes on. */
@Isolated("sets a system property")
class GradientBucketsTest {
    @Test
    void groupsGoFromTheLastGradientToTheFirst() {
        try (JvmDevice device = JvmDevice.reference()) {
            List<Tensor> g = new ArrayList<>();
            for (int size : new int[] {100, 3, 4, 5, 1}) {
                g.add(Tensor.zeros(device, Shape.of(size), DType.F32));
            }
            assertEquals(List.of(List.of(g.get(4), g.get(3), g.get(2)), List.of(g.get(1)), List.of(g.get(0))), GradientBuckets.of(g, 40));
            assertEquals(List.of(List.of(g.get(4), g.get(3), g.get(2), g.get(1), g.get(0))), GradientBuckets.of(g, 1000));
            assertEquals(List.of(), GradientBuckets.of(List.of(), 1000));
        }
    }

    /** A second rank that computes the same as this one. Each sum is done at once, and noted. */
    private static final class Twin implements Collective {
        private final boolean overlaps;
        private final List<List<Tensor>> begun = new ArrayList<>();
        private final List<float[]> before = new ArrayList<>();
        private int joins;

        Twin(boolean overlaps) {
            this.overlaps = overlaps;
        }

        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int size() {
            return 2;
        }

        @Override
        public boolean overlaps() {
            return overlaps;
        }

        @Override
        public void allReduce(List<Tensor> tensors, boolean contributes) {
            begun.add(tensors);
            for (Tensor tensor : tensors) {
                float[] values = tensor.toFloats();
                before.add(values.clone());
                for (int i = 0; i < values.length; i++) {
                    values[i] *= contributes ? 2 : 1;
                }
                tensor.write(values);
            }
        }

        @Override
        public void join() {
            joins++;
        }

        @Override
        public void broadcast(List<Tensor> tensors, int root) {
        }

        @Override
        public String description() {
            return "a twin";
        }

        @Override
        public void close() {
        }

        DataParallel ranks() {
            RankGroup single = RankGroup.single();
            RankGroup two = (RankGroup) Proxy.newProxyInstance(RankGroup.class.getClassLoader(), new Class<?>[] {RankGroup.class},
                    (_, method, arguments) -> method.getName().equals("size") ? 2 : method.invoke(single, arguments));
            return DataParallel.of(two, this);
        }
    }

    /** What two steps of two batches leave in the parameters. */
    private static List<float[]> trained(Twin twin) {
        BertConfig config = BertConfig.of(Preset.TINY, 50, List.of("0", "1")).withDropout(0);
        try (Device device = new EmulatedGpu(List.of())) {
            BertForSequenceClassification model = new BertForSequenceClassification(config, device, 1);
            AdamW optimizer = new AdamW(ParameterGroup.withoutDecayOnBiasesAndNorms(model.namedParameters(), 0.01f), 1e-3f);
            TrainingStep step = new TrainingStep(ClassificationTask.unnamed(model), optimizer, 1f, device, Precision.FP32, GradScaler.disabled(device),
                    twin.ranks());
            List<Batch> batches = List.of(TrainingBenchmark.randomBatch(config, 1, 4, 1), TrainingBenchmark.randomBatch(config, 1, 4, 2));
            step.run(new StepPart(batches, 4, true, batches.getFirst()));
            step.run(new StepPart(List.of(), 2, true, batches.getFirst()));
            List<Tensor> all = twin.begun.stream().flatMap(List::stream).toList();
            int parameters = model.parameters().size();
            assertEquals(2 * parameters, all.size());
            assertEquals(parameters, all.stream().distinct().count(), "each gradient is summed once a step");
            return model.parameters().stream().map(Parameter::data).map(Tensor::toFloats).toList();
        }
    }

    @Test
    void gradientsAreCompleteWhenTheirSumsBeginAndTheStepIsThatOfOneSum() {
        Twin after = new Twin(false);
        List<float[]> expected = trained(after);
        assertEquals(2, after.begun.size());
        Twin onOneMachine = new Twin(true);
        trained(onOneMachine);
        assertEquals(2, onOneMachine.begun.size(), "within one machine, sums beside the pass cost more than they take after it");
        Twin meanwhile = new Twin(true);
        System.setProperty(GradientBuckets.PROPERTY, "1");
        List<float[]> actual;
        try {
            actual = trained(meanwhile);
        } finally {
            System.clearProperty(GradientBuckets.PROPERTY);
        }
        assertTrue(meanwhile.begun.size() > 2, "one MiB is less than the model has: " + meanwhile.begun.size());
        assertEquals(2, meanwhile.joins, "one end of all sums in each step");
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), "parameter " + i);
        }
    }
}
