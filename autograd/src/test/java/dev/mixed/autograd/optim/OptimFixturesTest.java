// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Schedules and AdamW against what transformers and PyTorch made of the same: {@code optim/make_fixtures.py}. */
class OptimFixturesTest {
    private static final Device DEVICE = JvmDevice.open(1);

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    private static List<String[]> rows(String name) throws Exception {
        try (InputStream in = OptimFixturesTest.class.getResourceAsStream("/optim/" + name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().map(line -> line.split(",", -1)).toList();
        }
    }

    private static LRScheduler schedule(String[] row) {
        int warmup = Integer.parseInt(row[1]);
        int steps = Integer.parseInt(row[2]);
        return switch (row[0]) {
            case "linear" -> new LinearSchedule(warmup, steps);
            case "cosine" -> new CosineSchedule(warmup, steps, Double.parseDouble(row[3]));
            case "cosine_with_restarts" -> new CosineWithRestartsSchedule(warmup, steps, Integer.parseInt(row[3]));
            case "polynomial" -> new PolynomialSchedule(warmup, steps, Double.parseDouble(row[4]), Double.parseDouble(row[5]) / Double.parseDouble(row[6]));
            case "constant", "constant_with_warmup" -> new ConstantSchedule(warmup, steps);
            case "inverse_sqrt" -> new InverseSqrtSchedule(warmup, steps);
            default -> throw new AssertionError(row[0]);
        };
    }

    @Test
    void eachStepHasTheLearningRateOfTransformers() throws Exception {
        Set<String> seen = new TreeSet<>();
        for (String[] row : rows("schedules.csv")) {
            seen.add(row[0]);
            int steps = Integer.parseInt(row[2]);
            double peak = Double.parseDouble(row[6]);
            assertEquals(7 + steps + 1, row.length);
            Parameter p = new Parameter(Tensor.of(DEVICE, Shape.of(1), 0f));
            AdamW adamw = new AdamW(List.of(new ParameterGroup(Map.of("p", p), 0f)), 1f);
            adamw.setSchedule(schedule(row), (float) peak);
            for (int step = 0; step <= steps; step++) {
                adamw.step();
                double expected = Double.parseDouble(row[7 + step]);
                assertEquals(expected, adamw.currentLearningRate(), 2e-7 * expected + 1e-9 * peak, String.join(" ", Arrays.copyOf(row, 7)) + ", step " + step);
            }
        }
        assertEquals(Set.of("linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup", "inverse_sqrt"), seen);
    }

    @Test
    void adamwWithOtherBetasAndEpsilonIsPyTorchs() throws Exception {
        List<String[]> rows = rows("adamw.csv");
        assertEquals(4, rows.size());
        for (String[] row : rows) {
            double[] n = Arrays.stream(row).mapToDouble(Double::parseDouble).toArray();
            Parameter whole = new Parameter(Tensor.of(DEVICE, Shape.of(5), floats(n, 4)));
            // The same again in a group that takes half of a rate twice as high.
            Parameter half = new Parameter(Tensor.of(DEVICE, Shape.of(5), floats(n, 4)));
            for (boolean halved : new boolean[] {false, true}) {
                Parameter p = halved ? half : whole;
                ParameterGroup group = new ParameterGroup(Map.of("p", p), (float) n[3], halved ? 0.5f : 1f);
                AdamW adamw = new AdamW(List.of(group), halved ? 0.02f : 0.01f, (float) n[0], (float) n[1], (float) n[2]);
                for (int at = 9; at < n.length; at += 10) {
                    adamw.zeroGrad();
                    p.backward(Tensor.of(DEVICE, Shape.of(5), floats(n, at)));
                    adamw.step();
                    float[] after = p.data().toFloats();
                    for (int i = 0; i < 5; i++) {
                        assertEquals(n[at + 5 + i], after[i], 1e-6, "betas " + n[0] + " and " + n[1] + ", step " + (at - 9) / 10 + ", element " + i);
                    }
                }
            }
        }
    }

    private static float[] floats(double[] n, int from) {
        float[] five = new float[5];
        for (int i = 0; i < 5; i++) {
            five[i] = (float) n[from + i];
        }
        return five;
    }

    @Test
    void schedulesRefuseWhatIsNone() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new CosineSchedule(5, 4, 0.5)).getMessage().contains("5 of 4"));
        assertThrows(IllegalArgumentException.class, () -> new CosineSchedule(0, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> new CosineWithRestartsSchedule(0, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> new PolynomialSchedule(0, 4, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new PolynomialSchedule(0, 4, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new ConstantSchedule(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new InverseSqrtSchedule(-1, 4));
    }
}
