// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PyTorch's gradients of weights pass through half: beyond its range they are overflows under the torch-exact policy, and numbers under the other. */
class WeightGradientLimitTest {
    private static final Map<String, AutocastPolicy> POLICIES = Map.of("TORCH", AutocastPolicy.TORCH, "HALF_RESIDUAL", AutocastPolicy.HALF_RESIDUAL);

    private static final int ROWS = 1024;

    /** The gradient of the weight is ROWS * scale / ROWS: the sum over rows of activations' gradients that half holds easily. */
    private static GradScaler step(Device device, Parameter weight, Optimizer optimizer, AutocastPolicy policy, double scale) {
        GradScaler scaler = new GradScaler(device, scale, 2, 0.5, 2000, true);
        float[] ones = new float[ROWS];
        Arrays.fill(ones, 1f);
        optimizer.zeroGrad();
        Variable loss;
        try (Autocast _ = policy == null ? Autocast.off(device) : Autocast.on(device, policy)) {
            loss = F.mean(F.linear(Variable.constant(Tensor.of(device, Shape.of(ROWS, 1), ones)), weight, null));
        }
        scaler.scale(loss).backward();
        assertEquals((float) scale, weight.grad().toFloats()[0], "the gradient itself is float");
        scaler.step(optimizer);
        scaler.update();
        return scaler;
    }

    @ParameterizedTest
    @CsvSource({"TORCH,32768,false", "TORCH,65504,false", "TORCH,65536,true", "TORCH,131072,true", "HALF_RESIDUAL,131072,false", ",131072,false"})
    void beyondHalfsRange(String policy, double scale, boolean skipped) {
        try (Device device = JvmDevice.open(1)) {
            Parameter weight = new Parameter(Tensor.of(device, Shape.of(1, 1), 3f));
            Optimizer optimizer = new SGD(List.of(new ParameterGroup(Map.of("w", weight), 0f)), 1f);
            GradScaler scaler = step(device, weight, optimizer, policy == null ? null : POLICIES.get(policy), scale);
            assertEquals(skipped, scaler.foundInf(optimizer));
            assertEquals((float) (skipped ? scale / 2 : scale), scaler.getScale());
            assertEquals(skipped ? 3f : 2f, weight.data().item(), 1e-6f);
        }
    }

    @Test
    void theLatestPolicyCounts() {
        try (Device device = JvmDevice.open(1)) {
            Parameter weight = new Parameter(Tensor.of(device, Shape.of(1, 1), 3f));
            Optimizer optimizer = new SGD(List.of(new ParameterGroup(Map.of("w", weight), 0f)), 1f);
            step(device, weight, optimizer, AutocastPolicy.TORCH, 131072);
            assertEquals(3f, weight.data().item());
            step(device, weight, optimizer, AutocastPolicy.HALF_RESIDUAL, 131072);
            assertEquals(2f, weight.data().item(), 1e-6f);
        }
    }
}
