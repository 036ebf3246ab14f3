// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Autocast;
import dev.mixed.amp.Precision;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.bert.model.HeadFixture;
import dev.mixed.bert.model.TorchFixture;
import dev.mixed.bert.pretrained.ModelFolder;
import dev.mixed.bert.tokenizer.BertTokenizer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each head that transformers saved opens here, and has its logits, loss and gradients: to 1e-5 in float and 5e-3 in mixed precision. */
class HeadParityTest {
    private static final double AMP = 5e-3;

    @TempDir
    private Path temp;

    /** The targets of the fixture as the task takes them, and a weight of 1 for each part. */
    private static Tensor[] targets(Task<?> task, HeadFixture fixture, Device device) {
        // The words of all tokens, of which most are ignored, in place of those in some slots.
        Tensor targets = task instanceof MaskedLmTask ? Tensor.zeros(device, Shape.of(HeadFixture.BATCH * HeadFixture.SEQ), DType.I32)
                : task.targets(device, HeadFixture.BATCH, HeadFixture.SEQ);
        if (targets.dtype() == DType.I32) {
            targets.write(fixture.ints("labels"));
        } else {
            targets.write(fixture.floats("labels"));
        }
        float[] weights = new float[targets.shape().dim(0)];
        Arrays.fill(weights, 1f);
        Tensor tensor = Tensor.of(device, Shape.of(weights.length), weights);
        return new Tensor[] {targets, tensor};
    }

    @ParameterizedTest
    @CsvSource({"classification,false", "classification,true", "regression,false", "regression,true", "multilabel,false", "multilabel,true",
        "tokens,false", "tokens,true", "mlm,false", "mlm,true", "mlm-untied,false", "mlm-untied,true"})
    void logitsLossAndGradients(String name, boolean amp) {
        double tolerance = amp ? AMP : 1e-5;
        // As PyTorch's autocast, with a residual stream in float.
        Precision precision = amp ? Precision.AMP_FLOAT_RESIDUAL : Precision.FP32;
        try (HeadFixture fixture = HeadFixture.open(name, temp); Device device = JvmDevice.open(); ModelFolder folder = ModelFolder.open(fixture.folder());
                BertTokenizer tokenizer = Toy.tokenizer()) {
            Task<?> task = Tasks.load(folder, tokenizer, device);
            Tensor[] targets = targets(task, fixture, device);
            Variable outputs;
            Variable loss;
            task.model().train();
            try (Autocast _ = precision.scope(device)) {
                outputs = task.model().forward(fixture.inputs(device));
                loss = task.loss(outputs, targets[0], targets[1]);
            }
            TorchFixture.assertClose("logits", fixture.floats("logits"), outputs.data().toFloats(), tolerance);
            assertEquals(fixture.floats("loss")[0], loss.data().item(), tolerance * Math.max(1, fixture.floats("loss")[0]));
            loss.backward();
            float norm = GradientClipping.globalNorm(task.model().parameters()).item();
            double[] squares = {0, 0};
            int[] compared = {0};
            task.model().namedParameters().forEach((parameter, p) -> {
                float[] gradient = p.grad().toFloats();
                float[] expected = fixture.floats("grad." + parameter);
                if (parameter.endsWith("key.bias")) {
                    // Softmax does not change when all keys move alike: the gradient is zero but for rounding.
                    for (float g : gradient) {
                        assertTrue(Math.abs(g) < (amp ? 1e-3 : 1e-6) * norm, parameter + ": " + g);
                    }
                } else if (!amp) {
                    TorchFixture.assertClose("gradient of " + parameter, expected, gradient);
                }
                assertEquals(expected.length, gradient.length, parameter);
                for (int i = 0; i < gradient.length; i++) {
                    squares[0] += (double) expected[i] * expected[i];
                    squares[1] += Math.pow((double) expected[i] - gradient[i], 2);
                }
                compared[0]++;
            });
            assertTrue(Math.sqrt(squares[1] / squares[0]) <= tolerance, "the whole gradient differs by " + Math.sqrt(squares[1] / squares[0]));
            assertTrue(compared[0] > 30, compared[0] + " gradients");
        }
    }
}
