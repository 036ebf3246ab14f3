// SPDX-License-Identifier: Apache-2.0
package dev.mixed.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Variable;
import dev.mixed.engine.Device;
import dev.mixed.engine.KernelTime;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.train.LoadedModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples do what they say. */
class ExamplesTest {
    @TempDir
    private Path temp;

    @Test
    void thePerceptronLearnsExclusiveOr() {
        try (Device device = JvmDevice.open()) {
            float[] logits = MlpWithAmp.train(device, 200);
            assertTrue(logits[0] < -1 && logits[1] > 1 && logits[2] > 1 && logits[3] < -1, Arrays.toString(logits));
        }
    }

    @Test
    void softsignHasItsValuesAndGradients() {
        float[] points = {-3f, -0.5f, 0f, 1f, 7f};
        try (Device device = JvmDevice.open()) {
            Variable x = Variable.leaf(Tensor.of(device, Shape.of(points.length), points));
            Variable y = Softsign.softsign(x);
            y.backward(Tensor.of(device, Shape.of(points.length), 1f, 1f, 1f, 1f, 2f));
            assertArrayEquals(new float[] {-0.75f, -1f / 3f, 0f, 0.5f, 0.875f}, y.data().toFloats(), 1e-6f);
            assertArrayEquals(new float[] {1f / 16f, 1f / 2.25f, 1f, 0.25f, 2f / 64f}, x.grad().toFloats(), 1e-6f);
        }
    }

    @Test
    void aProgramsProfileHasItsKernels() {
        try (Device device = JvmDevice.open()) {
            List<KernelTime> times = ProfiledProgram.profile(device, 8);
            List<String> kernels = times.stream().map(KernelTime::kernel).toList();
            assertTrue(kernels.containsAll(List.of("matmul.f16", "gelu.f16", "gelu_backward.f16")), kernels.toString());
            assertTrue(times.stream().allMatch(t -> t.launches() > 0 && t.millis() >= 0), times.toString());
        }
    }

    @Test
    void bertIsTrainedAndUsed() {
        Path folder = temp.resolve("run");
        try (Device device = JvmDevice.open()) {
            double score = FineTuneBert.train(device, folder, Map.of("epochs", 2, "length", 32));
            assertTrue(score > 0.7, "macro-F1 " + score);
            try (LoadedModel model = LoadedModel.open(folder, device)) {
                double[][] probabilities = model.predict(List.of("what a lovely day", "it broke after a week"), 2, 32);
                assertEquals(1, probabilities[0][0] + probabilities[0][1], 1e-6);
                assertEquals(2, model.config().labels().size());
            }
        }
    }
}
