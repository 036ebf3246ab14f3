// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Optimizers against PyTorch's formulas in float64, on a small regression. */
class OptimizerTest {
    private static final Device DEVICE = JvmDevice.open(2);
    private static final int STEPS = 25;
    private static final float RATE = 0.05f;
    private static final double DECAY = 0.1;

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    /** Kinds of optimizers, with decay on the weight but not on the bias. */
    enum Kind {
        ADAMW(groups -> new AdamW(groups, RATE)),
        ADAMW_OTHER_BETAS(groups -> new AdamW(groups, RATE, 0.5f, 0.9f, 1e-3f)),
        SGD_PLAIN(groups -> new SGD(groups, RATE)),
        SGD_MOMENTUM(groups -> new SGD(groups, RATE, 0.9f, false)),
        SGD_NESTEROV(groups -> new SGD(groups, RATE, 0.9f, true));

        private final Function<List<ParameterGroup>, Optimizer> make;

        Kind(Function<List<ParameterGroup>, Optimizer> make) {
            this.make = make;
        }

        Optimizer over(Regression regression) {
            return make.apply(ParameterGroup.withoutDecayOnBiasesAndNorms(regression.parameters(), (float) DECAY));
        }
    }

    /** torch.optim.AdamW, line by line. */
    private static void adamw(double[] p, double[] g, double[] m, double[] v, int step, double lr, double b1, double b2, double eps, double decay) {
        for (int i = 0; i < p.length; i++) {
            p[i] *= 1 - lr * decay;
            m[i] = b1 * m[i] + (1 - b1) * g[i];
            v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
            double denominator = Math.sqrt(v[i]) / Math.sqrt(1 - Math.pow(b2, step)) + eps;
            p[i] -= lr / (1 - Math.pow(b1, step)) * m[i] / denominator;
        }
    }

    /** torch.optim.SGD, line by line; the first step sets the buffer to the gradient. */
    private static void sgd(double[] p, double[] g, double[] buffer, int step, double lr, double momentum, boolean nesterov, double decay) {
        for (int i = 0; i < p.length; i++) {
            double d = g[i] + decay * p[i];
            if (momentum != 0) {
                buffer[i] = step == 1 ? d : momentum * buffer[i] + d;
                d = nesterov ? d + momentum * buffer[i] : buffer[i];
            }
            p[i] -= lr * d;
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void followsPyTorchsFormula(Kind kind) {
        Regression regression = new Regression(DEVICE, 1);
        Optimizer optimizer = kind.over(regression);
        List<double[]> values = regression.values();
        List<double[]> first = List.of(new double[values.get(0).length], new double[values.get(1).length]);
        List<double[]> second = List.of(new double[values.get(0).length], new double[values.get(1).length]);
        float firstLoss = regression.loss().data().item();
        for (int step = 1; step <= STEPS; step++) {
            // A schedule moves the rate from step to step.
            float rate = RATE * (1 + step % 3);
            optimizer.setLearningRate(rate);
            optimizer.zeroGrad();
            regression.loss().backward();
            optimizer.step();
            List<double[]> gradients = regression.gradients(values);
            for (int i = 0; i < 2; i++) {
                double decay = i == 0 ? DECAY : 0;
                double[] p = values.get(i);
                double[] g = gradients.get(i);
                switch (kind) {
                    case ADAMW -> adamw(p, g, first.get(i), second.get(i), step, rate, 0.9, 0.999, 1e-8, decay);
                    case ADAMW_OTHER_BETAS -> adamw(p, g, first.get(i), second.get(i), step, rate, 0.5, 0.9, 1e-3, decay);
                    case SGD_PLAIN -> sgd(p, g, null, step, rate, 0, false, decay);
                    case SGD_MOMENTUM -> sgd(p, g, first.get(i), step, rate, 0.9, false, decay);
                    case SGD_NESTEROV -> sgd(p, g, first.get(i), step, rate, 0.9, true, decay);
                }
                assertClose(p, regression.values().get(i), 2e-6 * step, kind + " step " + step + " parameter " + i);
            }
            assertEquals(step, optimizer.stepCount());
        }
        assertTrue(regression.loss().data().item() < 0.8 * firstLoss, "the loss falls");
    }

    private static void assertClose(double[] expected, double[] actual, double tolerance, String what) {
        assertEquals(expected.length, actual.length);
        double size = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], tolerance * size, what + " element " + i);
        }
    }

    @Test
    void firstAdamStepsAreAsLargeAsTheLearningRate() {
        // m / sqrt(v) is the gradient's sign after bias correction, however small the gradient.
        Parameter p = new Parameter(Tensor.of(DEVICE, Shape.of(3), 1, 1, 1));
        AdamW adamw = new AdamW(List.of(new ParameterGroup(Map.of("p", p), 0)), 0.1f);
        p.backward(Tensor.of(DEVICE, Shape.of(3), 1e-2f, -3, 1000));
        adamw.step();
        assertArrayEquals(new float[] {0.9f, 1.1f, 0.9f}, p.data().toFloats(), 1e-5f);
    }

    @Test
    void groupsKeepTheirDecay() {
        Parameter decayed = new Parameter(Tensor.of(DEVICE, Shape.of(1, 2), 1, 2));
        Parameter free = new Parameter(Tensor.of(DEVICE, Shape.of(2), 1, 2));
        Map<String, Parameter> all = new LinkedHashMap<>();
        all.put("decayed", decayed);
        all.put("free", free);
        List<ParameterGroup> groups = ParameterGroup.withoutDecayOnBiasesAndNorms(all, 0.5f);
        assertEquals(Set.of("decayed"), groups.get(0).parameters().keySet());
        assertEquals(0.5f, groups.get(0).weightDecay());
        assertEquals(Set.of("free"), groups.get(1).parameters().keySet());
        assertEquals(0f, groups.get(1).weightDecay());
        AdamW adamw = new AdamW(groups, 0.1f);
        decayed.backward(Tensor.zeros(DEVICE, decayed.shape(), DType.F32));
        free.backward(Tensor.zeros(DEVICE, free.shape(), DType.F32));
        adamw.step();
        // Decay is decoupled: with a gradient of 0 the parameter shrinks by lr * decay = 0.05.
        assertArrayEquals(new float[] {0.95f, 1.9f}, decayed.data().toFloats(), 1e-6f);
        assertArrayEquals(new float[] {1, 2}, free.data().toFloats());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void aCoefficientMultipliesTheGradients(Kind kind) {
        Regression scaled = new Regression(DEVICE, 2);
        Regression plain = new Regression(DEVICE, 2);
        Optimizer withCoefficient = kind.over(scaled);
        Optimizer without = kind.over(plain);
        Tensor quarter = Tensor.of(DEVICE, Shape.of(1), 0.25f);
        for (int step = 0; step < 5; step++) {
            scaled.loss().backward();
            plain.loss().backward();
            // A power of two, so that both orders of rounding agree.
            for (Parameter p : plain.parameters().values()) {
                float[] g = p.grad().toFloats();
                for (int i = 0; i < g.length; i++) {
                    g[i] *= 0.25f;
                }
                p.grad().write(g);
            }
            float[] before = scaled.weight.grad().toFloats();
            withCoefficient.step(quarter);
            without.step(null);
            assertArrayEquals(plain.weight.data().toFloats(), scaled.weight.data().toFloats());
            assertArrayEquals(plain.bias.data().toFloats(), scaled.bias.data().toFloats());
            assertArrayEquals(before, scaled.weight.grad().toFloats(), "the gradients themselves stay");
            withCoefficient.zeroGrad();
            without.zeroGrad();
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void parametersWithoutGradientStay(Kind kind) {
        Regression regression = new Regression(DEVICE, 3);
        Optimizer optimizer = kind.over(regression);
        float[] weight = regression.weight.data().toFloats();
        float[] bias = regression.bias.data().toFloats();
        regression.bias.backward(Tensor.of(DEVICE, Shape.of(3), 1, 1, 1));
        optimizer.step();
        assertArrayEquals(weight, regression.weight.data().toFloats());
        assertFalse(Arrays.equals(bias, regression.bias.data().toFloats()));
        optimizer.zeroGrad();
        assertNull(regression.bias.grad());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void recordedStepsEqualEagerOnes(Kind kind) {
        Regression eager = new Regression(DEVICE, 4);
        Regression recorded = new Regression(DEVICE, 4);
        Optimizer eagerly = kind.over(eager);
        Optimizer replayed = kind.over(recorded);
        LinearSchedule schedule = new LinearSchedule(5, 20);
        Program program = Program.record(DEVICE, () -> List.of(step(recorded, replayed)));
        long launches = DEVICE.stats().launchesRecorded();
        for (int step = 0; step < 20; step++) {
            float rate = RATE * schedule.factor(step);
            replayed.setLearningRate(rate);
            program.run();
            assertEquals(launches, DEVICE.stats().launchesRecorded(), "a replay records nothing");
            eagerly.setLearningRate(rate);
            Tensor loss = step(eager, eagerly);
            assertEquals(loss.item(), program.output(0).item());
            assertArrayEquals(eager.weight.data().toFloats(), recorded.weight.data().toFloats());
            assertArrayEquals(eager.bias.data().toFloats(), recorded.bias.data().toFloats());
            launches = DEVICE.stats().launchesRecorded();
        }
        assertEquals(20, replayed.stepCount());
        assertEquals(eagerly.state().keySet(), replayed.state().keySet());
        eagerly.state().forEach((name, t) -> assertArrayEquals(t.toFloats(), replayed.state().get(name).toFloats(), name));
    }

    /** A training step with clipping; gives the loss. */
    private static Tensor step(Regression regression, Optimizer optimizer) {
        optimizer.zeroGrad();
        var loss = regression.loss();
        loss.backward();
        Tensor norm = GradientClipping.globalNorm(regression.parameters().values());
        optimizer.step(GradientClipping.coefficient(norm, 0.5f));
        return loss.data();
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void stateRoundTrip(Kind kind) {
        Regression first = new Regression(DEVICE, 5);
        Optimizer optimizer = kind.over(first);
        for (int i = 0; i < 7; i++) {
            step(first, optimizer);
        }
        Regression second = new Regression(DEVICE, 6);
        second.weight.data().write(first.weight.data().toFloats());
        second.bias.data().write(first.bias.data().toFloats());
        Optimizer restored = kind.over(second);
        restored.setStepCount(optimizer.stepCount());
        assertEquals(optimizer.state().keySet(), restored.state().keySet());
        optimizer.state().forEach((name, t) -> restored.state().get(name).write(t.toFloats()));
        for (int i = 0; i < 7; i++) {
            // The same gradients for both: those of the first problem.
            optimizer.zeroGrad();
            restored.zeroGrad();
            first.loss().backward();
            second.weight.backward(first.weight.grad());
            second.bias.backward(first.bias.grad());
            optimizer.step();
            restored.step();
            assertArrayEquals(first.weight.data().toFloats(), second.weight.data().toFloats());
            assertArrayEquals(first.bias.data().toFloats(), second.bias.data().toFloats());
        }
        assertEquals(14, restored.stepCount());
    }

    @Test
    void stateHasPyTorchsNames() {
        Regression regression = new Regression(DEVICE, 7);
        assertEquals(List.of("exp_avg.weight", "exp_avg_sq.weight", "exp_avg.bias", "exp_avg_sq.bias"),
                List.copyOf(Kind.ADAMW.over(regression).state().keySet()));
        assertEquals(List.of("momentum_buffer.weight", "momentum_buffer.bias"), List.copyOf(Kind.SGD_MOMENTUM.over(regression).state().keySet()));
        assertTrue(Kind.SGD_PLAIN.over(regression).state().isEmpty());
    }

    @Test
    void badArgumentsAreRefused() {
        Regression r = new Regression(DEVICE, 8);
        List<ParameterGroup> groups = List.of(new ParameterGroup(r.parameters(), 0));
        for (float rate : new float[] {-1f, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> new AdamW(groups, rate));
            assertThrows(IllegalArgumentException.class, () -> new SGD(groups, rate));
        }
        assertThrows(IllegalArgumentException.class, () -> new AdamW(groups, 1, 1f, 0.9f, 1e-8f));
        assertThrows(IllegalArgumentException.class, () -> new AdamW(groups, 1, 0.9f, -0.1f, 1e-8f));
        assertThrows(IllegalArgumentException.class, () -> new AdamW(groups, 1, 0.9f, 0.9f, 0f));
        assertThrows(IllegalArgumentException.class, () -> new SGD(groups, 1, -0.5f, false));
        assertThrows(IllegalArgumentException.class, () -> new SGD(groups, 1, 0f, true));
        assertThrows(IllegalArgumentException.class, () -> new ParameterGroup(r.parameters(), -0.01f));
        assertThrows(IllegalArgumentException.class, () -> new AdamW(List.of(), 1));
        AdamW adamw = new AdamW(groups, 1);
        assertThrows(IllegalArgumentException.class, () -> adamw.setLearningRate(Float.NaN));
    }

    @Test
    void parametersBelongToOneGroup() {
        Regression r = new Regression(DEVICE, 9);
        ParameterGroup all = new ParameterGroup(r.parameters(), 0);
        String message = assertThrows(IllegalArgumentException.class, () -> new SGD(List.of(all, all), 1)).getMessage();
        assertTrue(message.contains("weight"), message);
        ParameterGroup otherName = new ParameterGroup(Map.of("tied", r.weight), 0);
        assertThrows(IllegalArgumentException.class, () -> new SGD(List.of(all, otherName), 1));
        ParameterGroup sameName = new ParameterGroup(Map.of("weight", new Regression(DEVICE, 10).weight), 0);
        assertThrows(IllegalArgumentException.class, () -> new AdamW(List.of(all, sameName), 1));
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "0, 10", "1, 10", "3, 10", "10, 10", "100, 1000"})
    void linearScheduleIsTransformers(int warmup, int total) {
        LinearSchedule schedule = new LinearSchedule(warmup, total);
        for (int step = 0; step < total + 5; step++) {
            double expected = step < warmup ? (double) step / Math.max(1, warmup)
                    : Math.max(0.0, (double) (total - step) / Math.max(1, total - warmup));
            assertEquals(expected, schedule.factor(step), 1e-7, "step " + step);
        }
        assertEquals(warmup == 0 ? 1f : 0f, schedule.factor(0));
        assertEquals(0f, schedule.factor(total));
        if (warmup < total) {
            assertEquals(1f, schedule.factor(warmup));
        }
    }

    /** A schedule of the user's own: a cosine with restarts, and a step that is left out, which does not move it. */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void anyScheduleWorksWithRecordedSteps(Kind kind) {
        Regression regression = new Regression(DEVICE, 4);
        Optimizer optimizer = kind.over(regression);
        LRScheduler cosine = LRScheduler.lambda(10, taken -> 0.5 * (1 + Math.cos(Math.PI * (taken % 4) / 4)));
        optimizer.setSchedule(cosine, RATE);
        Tensor found = Tensor.zeros(DEVICE, Shape.of(1), DType.F32);
        Program program = Program.record(DEVICE, () -> {
            optimizer.zeroGrad();
            var loss = regression.loss();
            loss.backward();
            optimizer.step(null, found);
            return List.of(loss.data());
        });
        for (int taken = 0; taken < 14; taken++) {
            found.write(1f);
            program.run();
            found.write(0f);
            program.run();
            double factor = 0.5 * (1 + Math.cos(Math.PI * (Math.min(taken, 10) % 4) / 4));
            assertEquals(RATE * (float) factor, optimizer.currentLearningRate(), "after " + taken + " steps");
            assertEquals(taken + 1, optimizer.stepCount());
        }
        optimizer.setLearningRate(0.25f);
        step(regression, optimizer);
        assertEquals(0.25f, optimizer.currentLearningRate(), "a rate that is set ends the schedule");
    }

    @Test
    void impossibleSchedulesAreRefused() {
        Optimizer optimizer = Kind.SGD_PLAIN.over(new Regression(DEVICE, 11));
        String message = assertThrows(IllegalArgumentException.class, () -> optimizer.setSchedule(LRScheduler.lambda(3, taken -> 1 - taken), 1f)).getMessage();
        assertTrue(message.contains("after 2 steps") && message.contains("-1"), message);
        assertThrows(IllegalArgumentException.class, () -> optimizer.setSchedule(LRScheduler.lambda(3, _ -> Double.NaN), 1f));
        assertThrows(IllegalArgumentException.class, () -> optimizer.setSchedule(LRScheduler.lambda(-1, _ -> 1), 1f));
        assertThrows(IllegalArgumentException.class, () -> optimizer.setSchedule(new LinearSchedule(0, 1), -1f));
        assertThrows(IllegalArgumentException.class, () -> new LinearSchedule(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new LinearSchedule(-1, 5));
        assertThrows(IllegalArgumentException.class, () -> new LinearSchedule(6, 5));
    }
}
