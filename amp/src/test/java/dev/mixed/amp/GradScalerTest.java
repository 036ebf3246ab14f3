// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The scaler's rules one by one; tests with PyTorch's names assert what PyTorch's do. */
class GradScalerTest {
    private final Device device = JvmDevice.open(1);

    @AfterEach
    void close() {
        device.close();
    }

    private Parameter parameter(float... values) {
        return new Parameter(Tensor.of(device, Shape.of(values.length), values));
    }

    private static Optimizer sgd(Parameter... parameters) {
        Map<String, Parameter> named = new LinkedHashMap<>();
        for (Parameter p : parameters) {
            named.put("p" + named.size(), p);
        }
        return new SGD(List.of(new ParameterGroup(named, 0f)), 1f);
    }

    /** Gives a parameter this scaled gradient. */
    private void backward(GradScaler scaler, Parameter p, float... gradient) {
        scaler.scale(Variable.constant(Tensor.of(device, Shape.of(), 1f)));
        F.scale(p, 1f).backward(Tensor.of(device, Shape.of(gradient.length), gradient));
    }

    private GradScaler scaler(double scale, int interval) {
        return new GradScaler(device, scale, 2, 0.5, interval, true);
    }

    @Test
    void defaultsAreTorchs() {
        GradScaler scaler = new GradScaler(device);
        assertEquals(65536f, scaler.getScale());
        assertEquals(2.0, scaler.getGrowthFactor());
        assertEquals(0.5, scaler.getBackoffFactor());
        assertEquals(2000, scaler.getGrowthInterval());
        assertEquals(0, scaler.getGrowthTracker());
        assertTrue(scaler.isEnabled());
    }

    @Test
    void grad_scaling_unscale() {
        float[] bad = {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN};
        for (int which = 0; which < 4; which++) {
            for (float value : bad) {
                GradScaler scaler = scaler(4, 1);
                Parameter[] parameters = {parameter(new float[5]), parameter(new float[9000]), parameter(new float[1])};
                for (int p = 0; p < parameters.length; p++) {
                    float[] gradient = new float[parameters[p].shape().elements()];
                    Arrays.fill(gradient, 10f);
                    if (p == which) {
                        gradient[gradient.length / 2] = value;
                    }
                    backward(scaler, parameters[p], gradient);
                }
                Optimizer optimizer = sgd(parameters);
                scaler.unscale(optimizer);
                assertEquals(which < 3, scaler.foundInf(optimizer), value + " in " + which);
                if (which == 3) {
                    for (Parameter p : parameters) {
                        for (float g : p.grad().toFloats()) {
                            assertEquals(2.5f, g);
                        }
                    }
                }
            }
        }
    }

    /** Gradients that reach a weight in half are added up in half or float, and either way an overflow of the sum is found. */
    @Test
    void grad_scaling_unscale_sparse() {
        GradScaler scaler = scaler(1, 1);
        Parameter p = parameter(0f, 0f);
        scaler.scale(F.sum(p));
        Variable half = F.cast(p, DType.F16);
        Variable sum = F.add(half, half);
        sum.backward(Tensor.of(device, Shape.of(2), DType.F16, 64000f, 1f));
        Optimizer optimizer = sgd(p);
        scaler.unscale(optimizer);
        assertArrayEquals(new float[] {Float.POSITIVE_INFINITY, 2f}, p.grad().toFloats(), "two times 64000, gathered in half");
        assertTrue(scaler.foundInf(optimizer));
    }

    /** Embedding gradients are added up in float, where PyTorch's half ones overflow: 64000 twice is 128000, and no reason to skip. */
    @Test
    void grad_scaling_unscale_sparse_embedding() {
        GradScaler scaler = scaler(1, 1);
        Parameter table = new Parameter(Tensor.zeros(device, Shape.of(3, 1), DType.F32));
        Tensor ids = Tensor.ofInts(device, Shape.of(2), 1, 1);
        scaler.scale(F.sum(table));
        Variable rows = F.cast(F.embedding(table, ids), DType.F16);
        rows.backward(Tensor.of(device, Shape.of(2, 1), DType.F16, 64000f, 64000f));
        Optimizer optimizer = sgd(table);
        scaler.unscale(optimizer);
        assertFalse(scaler.foundInf(optimizer));
        assertArrayEquals(new float[] {0f, 128000f, 0f}, table.grad().toFloats());
    }

    @Test
    void grad_scaling_update_scale() {
        GradScaler scaler = new GradScaler(device, 4, 2, 0.25, 2, true);
        Parameter p = parameter(1f);
        Optimizer optimizer = sgd(p);
        float[] scales = {4f, 8f, 2f};
        int[] trackers = {1, 0, 0};
        for (int i = 0; i < 3; i++) {
            optimizer.zeroGrad();
            backward(scaler, p, i == 2 ? Float.POSITIVE_INFINITY : 1f);
            scaler.step(optimizer);
            scaler.update();
            assertEquals(scales[i], scaler.getScale());
            assertEquals(trackers[i], scaler.getGrowthTracker());
        }
        assertEquals(new SkippedUpdates(3, 1, List.of(3)), scaler.skippedUpdates());
    }

    @Test
    void grad_scaling_scale() {
        GradScaler scaler = scaler(2, 1);
        Variable a = Variable.constant(Tensor.of(device, Shape.of(1), 4f));
        Variable b = Variable.constant(Tensor.of(device, Shape.of(2), DType.F16, 0.25f, 8f));
        List<Variable> scaled = scaler.scale(List.of(a, b));
        assertArrayEquals(new float[] {8f}, scaled.get(0).data().toFloats());
        assertArrayEquals(new float[] {0.5f, 16f}, scaled.get(1).data().toFloats());
        assertEquals(DType.F16, scaled.get(1).dtype());
    }

    @Test
    void grad_scaling_state_dict() {
        for (boolean usedBefore : new boolean[] {true, false}) {
            GradScaler s0 = new GradScaler(device, 3, 4, 0.5, 2, true);
            GradScaler s1 = new GradScaler(device, 6, 7, 0.8, 1, true);
            s1.loadStateDict(Map.of("scale", 6f, "growth_factor", 7.0, "backoff_factor", 0.8, "growth_interval", 1, "_growth_tracker", 7));
            if (usedBefore) {
                s1.scale(Variable.constant(Tensor.of(device, Shape.of(), 1f)));
            }
            s1.loadStateDict(s0.stateDict());
            assertEquals(3f, s1.getScale());
            assertEquals(4.0, s1.getGrowthFactor());
            assertEquals(0.5, s1.getBackoffFactor());
            assertEquals(2, s1.getGrowthInterval());
            assertEquals(0, s1.getGrowthTracker());
        }
    }

    @Test
    void grad_scaling_pickle() {
        GradScaler scaler = new GradScaler(device, 3, 4, 0.5, 200, true);
        Parameter p = parameter(1f);
        Optimizer optimizer = sgd(p);
        for (int i = 0; i < 3; i++) {
            backward(scaler, p, 1f);
            scaler.step(optimizer);
            scaler.update();
        }
        Map<String, Number> state = scaler.stateDict();
        assertEquals(List.of("scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker"), List.copyOf(state.keySet()));
        // As JSON would bring it back: every number a double.
        Map<String, Number> read = new HashMap<>();
        state.forEach((key, value) -> read.put(key, value.doubleValue()));
        GradScaler copy = new GradScaler(device);
        copy.loadStateDict(read);
        assertEquals(state, copy.stateDict());
        assertEquals(3, copy.getGrowthTracker());
    }

    @Test
    void emptyStateIsRefusedByAnEnabledScaler() {
        assertTrue(GradScaler.disabled(device).stateDict().isEmpty());
        assertThrows(IllegalArgumentException.class, () -> new GradScaler(device).loadStateDict(Map.of()));
        String message = assertThrows(IllegalArgumentException.class, () -> new GradScaler(device).loadStateDict(Map.of("scale", 1f))).getMessage();
        assertTrue(message.contains("growth_factor"), message);
        GradScaler.disabled(device).loadStateDict(Map.of());
    }

    @Test
    void disabledScalerIsTransparent() {
        GradScaler scaler = GradScaler.disabled(device);
        Parameter p = parameter(1f);
        Optimizer optimizer = sgd(p);
        Variable loss = F.sum(p);
        assertSame(loss, scaler.scale(loss));
        loss.backward();
        scaler.unscale(optimizer);
        scaler.unscale(optimizer);
        scaler.step(optimizer);
        scaler.update();
        scaler.update(3f);
        assertArrayEquals(new float[] {0f}, p.data().toFloats());
        assertEquals(1f, scaler.getScale());
        assertEquals(0, scaler.getGrowthTracker());
        assertFalse(scaler.isEnabled());
        assertEquals(0, scaler.skippedUpdates().updates());
    }

    @Test
    void grad_scale_will_not_overflow() {
        GradScaler scaler = new GradScaler(device, 1e38, 16, 0.5, 1, true);
        Parameter p = parameter(1f);
        Optimizer optimizer = sgd(p);
        backward(scaler, p, 1f);
        scaler.step(optimizer);
        scaler.update();
        assertEquals(1e38f, scaler.getScale());
    }

    @Test
    void params_invalidated_with_grads_invalidated_between_unscale_and_step() {
        GradScaler scaler = scaler(128, 1);
        Parameter p = parameter(1f, 2f);
        Optimizer optimizer = sgd(p);
        backward(scaler, p, 128f, 128f);
        scaler.unscale(optimizer);
        p.grad().write(Float.NaN, Float.POSITIVE_INFINITY);
        scaler.step(optimizer);
        float[] values = p.data().toFloats();
        assertTrue(Float.isNaN(values[0]) && Float.isInfinite(values[1]), "the check is not repeated");
    }

    @Test
    void stagesAreRefusedOutOfOrder() {
        Parameter p = parameter(1f);
        Optimizer optimizer = sgd(p);
        GradScaler scaler = scaler(2, 1);
        assertMessage("first scale", () -> scaler.unscale(optimizer));
        assertMessage("first scale", () -> scaler.step(optimizer));
        assertMessage("first scale", scaler::update);
        backward(scaler, p, 1f);
        assertMessage("no inf checks were recorded prior to update", scaler::update);
        scaler.unscale(optimizer);
        assertMessage("already been called", () -> scaler.unscale(optimizer));
        scaler.step(optimizer);
        assertMessage("unscale() is being called after step()", () -> scaler.unscale(optimizer));
        assertMessage("step() has already been called", () -> scaler.step(optimizer));
        scaler.update();
        assertMessage("no inf checks were recorded prior to update", scaler::update);
        scaler.unscale(optimizer);
        scaler.step(optimizer);
        scaler.update();
    }

    /** Unscaled, clipped and stepped in one call or in four: the same bits, as long as the scale is a power of 2. */
    @Test
    void clipAndStepIsUnscaleClipAndStep() {
        for (float maxNorm : new float[] {0f, 0.5f, 1000f}) {
            for (float odd : new float[] {3f, Float.POSITIVE_INFINITY, Float.NaN}) {
                float[] gradient = new float[5000];
                for (int i = 0; i < gradient.length; i++) {
                    gradient[i] = (i % 7 - 3) * 0.1f + i * 1e-4f;
                }
                gradient[4321] = odd;
                float[][] weights = new float[2][];
                float[][] states = new float[2][];
                for (int way = 0; way < 2; way++) {
                    Parameter p = parameter(new float[5000]);
                    AdamW optimizer = new AdamW(List.of(new ParameterGroup(Map.of("p", p), 0.01f)), 0.1f);
                    GradScaler scaler = scaler(1024, 1);
                    backward(scaler, p, gradient);
                    if (way == 0) {
                        scaler.unscale(optimizer);
                        scaler.step(optimizer, maxNorm > 0 ? GradientClipping.coefficient(GradientClipping.globalNorm(List.of(p)), maxNorm) : null);
                    } else {
                        scaler.clipAndStep(optimizer, maxNorm);
                        assertArrayEquals(gradient, p.grad().toFloats(), "gradients stay as they are");
                    }
                    assertEquals(odd != 3f, scaler.foundInf(optimizer));
                    scaler.update();
                    assertEquals(odd == 3f ? 2048f : 512f, scaler.getScale());
                    assertEquals(odd == 3f ? 1 : 0, optimizer.stepCount());
                    weights[way] = p.data().toFloats();
                    states[way] = optimizer.state().get("exp_avg_sq.p").toFloats();
                }
                assertArrayEquals(weights[0], weights[1], odd + ", at most " + maxNorm);
                assertArrayEquals(states[0], states[1], odd + ", at most " + maxNorm);
                assertEquals(odd == 3f, weights[0][0] != 0f);
            }
        }
    }

    @Test
    void clipAndStepKeepsToTheStages() {
        Parameter p = parameter(1f);
        Optimizer optimizer = sgd(p);
        GradScaler scaler = scaler(2, 1);
        assertMessage("first scale", () -> scaler.clipAndStep(optimizer, 1f));
        backward(scaler, p, 8f);
        scaler.unscale(optimizer);
        scaler.clipAndStep(optimizer, 1f);
        assertEquals(1f - 4f / (4f + 1e-6f), p.data().item(), 1e-6f);
        assertMessage("step() has already been called", () -> scaler.clipAndStep(optimizer, 1f));
        scaler.update();
        GradScaler.disabled(device).clipAndStep(optimizer, 2f);
        assertEquals(-2f, p.data().item(), 1e-5f);
    }

    @Test
    void stepWithoutAnyGradientIsRefused() {
        GradScaler scaler = scaler(2, 1);
        Optimizer optimizer = sgd(parameter(1f));
        scaler.scale(Variable.constant(Tensor.of(device, Shape.of(), 1f)));
        assertMessage("no inf checks were recorded for this optimizer", () -> scaler.step(optimizer));
        GradScaler another = scaler(2, 1);
        another.scale(Variable.constant(Tensor.of(device, Shape.of(), 1f)));
        assertMessage("no inf checks were recorded for this optimizer", () -> another.clipAndStep(optimizer, 1f));
    }

    private static void assertMessage(String part, Runnable call) {
        String message = assertThrows(IllegalStateException.class, call::run).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void halfParametersAreRefused() {
        Parameter p = new Parameter(Tensor.of(device, Shape.of(1), DType.F16, 1f));
        GradScaler scaler = scaler(2, 1);
        scaler.scale(F.sum(p)).backward();
        Optimizer optimizer = sgd(p);
        String message = assertThrows(IllegalArgumentException.class, () -> scaler.unscale(optimizer)).getMessage();
        assertTrue(message.contains("'p0'") && message.contains("half"), message);
    }

    @Test
    void factorsOutOfRangeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new GradScaler(device, 1, 1, 0.5, 1, true));
        assertThrows(IllegalArgumentException.class, () -> new GradScaler(device, 1, 2, 1, 1, true));
        assertThrows(IllegalArgumentException.class, () -> new GradScaler(device, 1, 2, 0.5, 0, true));
        assertThrows(IllegalArgumentException.class, () -> new GradScaler(device, 0, 2, 0.5, 1, true));
        assertThrows(IllegalArgumentException.class, () -> new GradScaler(device, 1e39, 2, 0.5, 1, true));
        assertThrows(IllegalArgumentException.class, () -> new GradScaler(device).setGrowthFactor(Double.NaN));
    }

    @Test
    void updateTakesANewScale() {
        GradScaler scaler = scaler(2, 5);
        Parameter p = parameter(1f);
        Optimizer optimizer = sgd(p);
        backward(scaler, p, 1f);
        scaler.step(optimizer);
        scaler.update(16f);
        assertEquals(16f, scaler.getScale());
        assertEquals(0, scaler.getGrowthTracker());
        scaler.update(Tensor.of(device, Shape.of(), 32f));
        assertEquals(32f, scaler.getScale());
        scaler.step(optimizer);
        scaler.update();
        assertEquals(32f, scaler.getScale());
        assertEquals(1, scaler.getGrowthTracker());
        Tensor two = Tensor.zeros(device, Shape.of(2), DType.F32);
        assertThrows(IllegalArgumentException.class, () -> scaler.update(two));
    }

    @Test
    void skippedUpdatesGoOnFromASavedState() {
        GradScaler scaler = scaler(2, 1000);
        SkippedUpdates saved = new SkippedUpdates(500, 300, List.of(10, 20, 499));
        scaler.restoreSkippedUpdates(saved);
        assertEquals(500, scaler.skippedUpdates().updates());
        assertEquals(300, scaler.skippedUpdates().skips());
        assertEquals(List.of(499), scaler.skippedUpdates().after(20));
        Parameter p = parameter(1f);
        Optimizer optimizer = sgd(p);
        backward(scaler, p, Float.NaN);
        scaler.step(optimizer);
        scaler.update();
        assertEquals(501, scaler.skippedUpdates().updates());
        assertEquals(301, scaler.skippedUpdates().skips());
        assertEquals(List.of(499, 501), scaler.skippedUpdates().after(20));
    }
}
