// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.LinearSchedule;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Overflows in recorded steps, over several hundred of them, against a float64 model of the rule. */
class LossScaleRuleTest {
    private static final int STEPS = 600;
    private static final int INTERVAL = 20;
    private final Device device = JvmDevice.open(1);

    @AfterEach
    void close() {
        device.close();
    }

    /** A linear model whose loss can be blown up from outside, recorded with its whole step. */
    private final class Run {
        final Parameter weight = new Parameter(Tensor.of(device, Shape.of(2, 3), 0.1f, -0.2f, 0.3f, 0.4f, -0.5f, 0.6f));
        final Tensor x = Tensor.zeros(device, Shape.of(4, 3), DType.F32);
        final Tensor factor = Tensor.of(device, Shape.of(1), 1f);
        final Optimizer optimizer;
        final GradScaler scaler;
        final Program program;

        Run(boolean adamw, GradScaler scaler) {
            this.scaler = scaler;
            List<ParameterGroup> groups = List.of(new ParameterGroup(Map.of("weight", weight), 0.01f));
            optimizer = adamw ? new AdamW(groups, 0.01f) : new SGD(groups, 0.01f, 0.9f, false);
            optimizer.setSchedule(new LinearSchedule(50, STEPS), 0.01f);
            program = Program.record(device, () -> {
                optimizer.zeroGrad();
                Variable loss;
                try (Autocast _ = Autocast.on(device)) {
                    Variable y = F.linear(Variable.constant(x), weight, null);
                    loss = F.mean(F.mul(y, y));
                }
                scaler.scale(F.scale(loss, factor)).backward();
                scaler.step(optimizer);
                scaler.update();
                return List.of(loss.data());
            });
        }

        List<float[]> state() {
            List<float[]> state = new ArrayList<>();
            state.add(weight.data().toFloats());
            optimizer.state().values().forEach(t -> state.add(t.toFloats()));
            return state;
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anOverflowAtStepKSkipsThatStepHalvesTheScaleAndTrainingGoesOn(boolean adamw) {
        Random random = new Random(8);
        Set<Integer> overflows = new TreeSet<>(List.of(0, 1, 37, 150, 151, 152, STEPS - 1));
        for (int i = 0; i < 8; i++) {
            overflows.add(random.nextInt(STEPS));
        }
        Run run = new Run(adamw, new GradScaler(device, 1, 2, 0.5, INTERVAL, true));
        double scale = 1;
        double largest = 0;
        int tracker = 0;
        int taken = 0;
        LinearSchedule schedule = new LinearSchedule(50, STEPS);
        for (int step = 0; step < STEPS; step++) {
            boolean overflow = overflows.contains(step);
            float[] input = new float[12];
            for (int i = 0; i < input.length; i++) {
                input[i] = (float) random.nextGaussian();
            }
            run.x.write(input);
            // 1e38 times the scale is beyond float: the gradient of the loss is infinite.
            run.factor.write(overflow ? 1e38f : 1f);
            List<float[]> before = run.state();
            run.program.run();
            List<float[]> after = run.state();
            String what = "step " + step;
            if (overflow) {
                assertTrue(run.scaler.foundInf(run.optimizer), what);
                for (int i = 0; i < before.size(); i++) {
                    assertArrayEquals(before.get(i), after.get(i), what + " changed weight or moment " + i);
                }
                scale *= 0.5;
                tracker = 0;
            } else {
                assertTrue(taken == 0 || before.getFirst()[0] != after.getFirst()[0], what + " moved nothing");
                assertEquals(0.01f * schedule.factor(taken), run.optimizer.currentLearningRate(), what);
                taken++;
                tracker++;
                if (tracker == INTERVAL) {
                    scale = scale * 2 <= Float.MAX_VALUE ? scale * 2 : scale;
                    tracker = 0;
                }
            }
            largest = Math.max(largest, scale);
            assertEquals((float) scale, run.scaler.getScale(), what);
            assertEquals(tracker, run.scaler.getGrowthTracker(), what);
            assertEquals(taken, run.optimizer.stepCount(), what);
        }
        assertEquals(STEPS - overflows.size(), taken);
        assertTrue(largest >= 64, "the scale grew: " + largest);
        SkippedUpdates skipped = run.scaler.skippedUpdates();
        assertEquals(STEPS, skipped.updates());
        assertEquals(overflows.stream().map(o -> o + 1).toList(), skipped.latest());
    }

    /** A step that was left out leaves no trace: the steps around it give what they give without it. */
    @Test
    void theRunWithoutTheOverflownStepsIsTheSame() {
        Run spoiled = new Run(true, new GradScaler(device, 256, 2, 0.5, 1_000_000, true));
        Run clean = new Run(true, new GradScaler(device, 256, 2, 0.5, 1_000_000, true));
        Random random = new Random(9);
        for (int step = 0; step < 100; step++) {
            float[] input = new float[12];
            for (int i = 0; i < input.length; i++) {
                input[i] = (float) random.nextGaussian();
            }
            for (Run run : new Run[] {spoiled, clean}) {
                run.x.write(input);
                run.program.run();
            }
            if (step % 20 == 3) {
                spoiled.factor.write(Float.NaN);
                spoiled.program.run();
                spoiled.factor.write(1f);
            }
        }
        assertEquals(8f, spoiled.scaler.getScale());
        List<float[]> expected = clean.state();
        List<float[]> actual = spoiled.state();
        for (int i = 0; i < expected.size(); i++) {
            // Scales are powers of 2, so they only matter where a half gradient is subnormal.
            assertArrayEquals(expected.get(i), actual.get(i), 1e-6f);
        }
    }

    @Test
    void noValueIsReadByTheHostInARecordedStep() {
        // Recording refuses any read or write of a value, so that this step records at all is the proof.
        Run run = new Run(true, new GradScaler(device));
        run.program.run();
        assertEquals(1, run.optimizer.stepCount());
        assertEquals(1, run.scaler.getGrowthTracker());
    }
}
