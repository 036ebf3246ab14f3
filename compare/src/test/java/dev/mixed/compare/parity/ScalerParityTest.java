// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mixed.amp.GradScaler;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scaler's trajectory over patterns of overflows, with one optimizer or two, is PyTorch's; {@code make_parity.py} recorded it. */
class ScalerParityTest {
    private static final float RATE = 0x1p-6f;

    /** A run, named by its settings. */
    record Recorded(JsonNode run) {
        @Override
        public String toString() {
            return "scale " + run.get("init_scale") + ", x" + run.get("growth_factor") + " after " + run.get("growth_interval") + ", x"
                    + run.get("backoff_factor") + ", " + run.get("patterns");
        }
    }

    static Stream<Recorded> runs() throws IOException {
        JsonNode runs = new ObjectMapper().readTree(ScalerParityTest.class.getResourceAsStream("/parity/scaler.json")).get("runs");
        assertTrue(runs.size() >= 10);
        return StreamSupport.stream(runs.spliterator(), false).map(Recorded::new);
    }

    @ParameterizedTest
    @MethodSource("runs")
    void scaleTrackerAndWeights(Recorded recorded) {
        JsonNode run = recorded.run;
        try (Device device = JvmDevice.open(1)) {
            GradScaler scaler = new GradScaler(device, run.get("init_scale").asDouble(), run.get("growth_factor").asDouble(),
                    run.get("backoff_factor").asDouble(), run.get("growth_interval").asInt(), true);
            int optimizers = run.get("patterns").size();
            List<Parameter> weights = IntStream.range(0, optimizers).mapToObj(i -> new Parameter(Tensor.of(device, Shape.of(3), 1f, 1f, 1f))).toList();
            List<Optimizer> all = new ArrayList<>();
            weights.forEach(w -> all.add(new SGD(List.of(new ParameterGroup(Map.of("w", w), 0f)), RATE)));
            boolean exact = List.of("growth_factor", "backoff_factor").stream().mapToDouble(key -> run.get(key).asDouble()).allMatch(f -> f == (float) f);
            int steps = run.get("scale").size();
            assertEquals(60, steps);
            for (int s = 0; s < steps; s++) {
                for (int i = 0; i < optimizers; i++) {
                    all.get(i).zeroGrad();
                    Tensor factor = Tensor.of(device, Shape.of(3), 1f, gradient(run.get("patterns").get(i).asText().charAt(s)), 1f);
                    scaler.scale(F.sum(F.mul(weights.get(i), Variable.constant(factor)))).backward();
                }
                all.forEach(scaler::step);
                scaler.update();
                double scale = run.get("scale").get(s).asDouble();
                // PyTorch multiplies by the factors in double, the device in float: the same where a float holds the factors, else two roundings a step.
                assertEquals(scale, scaler.getScale(), exact ? 0 : 1e-7 * (s + 1) * scale, "scale after step " + s);
                assertEquals(run.get("growth_tracker").get(s).asInt(), scaler.getGrowthTracker(), "tracker after step " + s);
                for (int i = 0; i < optimizers; i++) {
                    double expected = run.get("weights").get(s).get(i).asDouble();
                    assertEquals(expected, weights.get(i).data().toFloats()[0], 1e-6 * expected, "weight " + i + " after step " + s);
                }
            }
        }
    }

    private static float gradient(char code) {
        return switch (code) {
            case '.' -> 1f;
            case 'i' -> Float.POSITIVE_INFINITY;
            case 'm' -> Float.NEGATIVE_INFINITY;
            case 'n' -> Float.NaN;
            default -> throw new IllegalArgumentException("pattern with '" + code + "'");
        };
    }
}
