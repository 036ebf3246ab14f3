// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.EmulatedGpu;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cross entropy of many classes, a block to a row. */
class CrossEntropyLoweringTest {
    private static final int ROWS = 4;

    /** Rows 1 to 3 count, row 0 does not, whatever it holds. */
    private static Supplier<List<Tensor>> outputs(Device device, int classes, float[] logits) {
        Tensor x = Tensor.of(device, Shape.of(ROWS, classes), logits);
        Tensor labels = Tensor.ofInts(device, Shape.of(ROWS), -100, 0, classes / 2, classes - 1);
        Tensor weights = Tensor.of(device, Shape.of(ROWS), 0f, 2f, 1f, 0.5f);
        Tensor dloss = Tensor.of(device, Shape.of(), 3f);
        return () -> List.of(CrossEntropy.forward(x, labels, weights), CrossEntropy.backward(x, labels, weights, dloss));
    }

    private static float[] logits(int classes) {
        try (EmulatedGpu device = new EmulatedGpu(List.of())) {
            float[] logits = Lowered.normal(device, DType.F32, 1, ROWS, classes).toFloats();
            for (int i = 0; i < logits.length; i++) {
                logits[i] *= 9;
            }
            return logits;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 257, 1000, 2049})
    void agreesWithTheReference(int classes) {
        float[] logits = logits(classes);
        List<String> kernels = Lowered.check(GpuTarget.PLAIN, device -> outputs(device, classes, logits), 1e-5);
        assertTrue(kernels.containsAll(List.of("gpu.cross_entropy", "gpu.cross_entropy_backward")), kernels::toString);
    }

    @ParameterizedTest
    @CsvSource({"2, false", "255, false", "256, true"})
    void fewClassesStayWithARowToAThread(int classes, boolean lowered) {
        List<String> kernels = Lowered.check(GpuTarget.PLAIN, device -> outputs(device, classes, logits(classes)), 1e-5);
        assertEquals(lowered, kernels.contains("gpu.cross_entropy"), kernels::toString);
        assertEquals(!lowered, kernels.contains("cross_entropy"), kernels::toString);
    }

    /** What is no number in a row that counts is none in the loss and in the row's gradient, and in a row that does not it is nothing. */
    @ParameterizedTest
    @CsvSource({"0, NaN, false", "0, Infinity, false", "1, NaN, true", "1, Infinity, true", "3, -Infinity, false"})
    void noNumbersAreNoticedWhereTheyCount(int row, float value, boolean noticed) {
        int classes = 300;
        for (int place : new int[] {0, 1, 299}) {
            float[] logits = logits(classes);
            logits[row * classes + place] = value;
            try (EmulatedGpu device = new EmulatedGpu(GpuTarget.PLAIN)) {
                Program program = Program.record(device, outputs(device, classes, logits));
                program.run();
                boolean lost = row == 3 && place == classes - 1;
                float loss = program.output(0).item();
                assertTrue(noticed || lost ? Float.isNaN(loss) || loss == Float.POSITIVE_INFINITY : Float.isFinite(loss), row + ", " + place + ": " + loss);
                float[] gradients = program.output(1).toFloats();
                for (int r = 0; r < ROWS; r++) {
                    float g = gradients[r * classes + 7];
                    assertEquals(noticed && r == row, Float.isNaN(g), "row " + r + ": " + g);
                    assertTrue(r != 0 || g == 0f, "a row that does not count has no gradient");
                }
            }
        }
    }

    /** PyTorch's would be an exception; a kernel can't throw. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 300, 5000})
    void aLabelOutsideOfTheClassesMakesTheLossNoNumber(int label) {
        try (EmulatedGpu device = new EmulatedGpu(GpuTarget.PLAIN)) {
            Tensor x = Tensor.of(device, Shape.of(1, 300), new float[300]);
            Tensor labels = Tensor.ofInts(device, Shape.of(1), label);
            Tensor weights = Tensor.of(device, Shape.of(1), 1f);
            Tensor dloss = Tensor.of(device, Shape.of(), 1f);
            Program program = Program.record(device,
                    () -> List.of(CrossEntropy.forward(x, labels, weights), CrossEntropy.backward(x, labels, weights, dloss)));
            program.run();
            assertTrue(Float.isNaN(program.output(0).item()));
            assertTrue(Float.isNaN(program.output(1).toFloats()[299]));
        }
    }
}
