// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.AdamW;
import dev.mixed.autograd.optim.GradientClipping;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.jvm.JvmDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole training loops through a scaler against plain ones; each test has the name of PyTorch's, without {@code test_}. */
class GradScalingLoopTest {
    private static ScalingCase.Loop autocastLoop(boolean unscaleFirst) {
        return (model, optimizer, data, scaler, scaled) -> {
            for (int i = 0; i < data.size(); i++) {
                optimizer.zeroGrad();
                Variable loss;
                try (Autocast _ = scaled ? Autocast.on(data.getFirst().input().device()) : Autocast.off(data.getFirst().input().device())) {
                    loss = data.get(i).loss(model);
                }
                if (!scaled) {
                    loss.backward();
                    if (!scaler.isEnabled() || i != ScalingCase.SKIPPED) {
                        optimizer.step();
                    }
                    continue;
                }
                scaler.scale(loss).backward();
                if (i == ScalingCase.SKIPPED && scaler.isEnabled()) {
                    ScalingCase.spoil(model);
                }
                if (unscaleFirst) {
                    scaler.unscale(optimizer);
                }
                scaler.step(optimizer);
                scaler.update();
            }
        };
    }

    @Test
    void grad_scaling_autocast() {
        new ScalingCase().tolerance(1e-3).optimizer(groups -> new SGD(groups, 0.5f)).check(3, 1, autocastLoop(false));
    }

    /** The optimizers take the flag into their kernels, as PyTorch's fused ones do; with and without an explicit unscale. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void grad_scaling_autocast_fused_optimizers(boolean unscaleFirst) {
        new ScalingCase().tolerance(1e-3).optimizer(groups -> new AdamW(groups, 1e-3f)).check(3, 1, autocastLoop(unscaleFirst));
        new ScalingCase().tolerance(1e-3).optimizer(groups -> new SGD(groups, 0.1f, 0.9f, false)).check(3, 1, autocastLoop(unscaleFirst));
    }

    @Test
    void grad_scaling_clipping() {
        float maxNorm = 0.2f;
        new ScalingCase().tolerance(1e-5).check(3, 1, (model, optimizer, data, scaler, scaled) -> {
            for (int i = 0; i < data.size(); i++) {
                optimizer.zeroGrad();
                Variable loss = data.get(i).loss(model);
                if (!scaled) {
                    loss.backward();
                    GradientClipping.clip(model.parameters(), maxNorm);
                    if (!scaler.isEnabled() || i != ScalingCase.SKIPPED) {
                        optimizer.step();
                    }
                    continue;
                }
                scaler.scale(loss).backward();
                GradientClipping.clip(model.parameters(), maxNorm * scaler.getScale());
                if (i == ScalingCase.SKIPPED && scaler.isEnabled()) {
                    ScalingCase.spoil(model);
                }
                scaler.step(optimizer);
                scaler.update();
            }
        });
    }

    @Test
    void grad_scaling_clipping_separate_unscale() {
        float maxNorm = 0.2f;
        new ScalingCase().tolerance(1e-6).check(3, 1, (model, optimizer, data, scaler, scaled) -> {
            for (int i = 0; i < data.size(); i++) {
                optimizer.zeroGrad();
                Variable loss = data.get(i).loss(model);
                if (!scaled) {
                    loss.backward();
                    GradientClipping.clip(model.parameters(), maxNorm);
                    if (!scaler.isEnabled() || i != ScalingCase.SKIPPED) {
                        optimizer.step();
                    }
                    continue;
                }
                scaler.scale(loss).backward();
                if (i == ScalingCase.SKIPPED && scaler.isEnabled()) {
                    ScalingCase.spoil(model);
                }
                scaler.unscale(optimizer);
                GradientClipping.clip(model.parameters(), maxNorm);
                scaler.step(optimizer);
                scaler.update();
            }
        });
    }

    /** The clip coefficient may go to the step instead, which saves a pass over the gradients. */
    @Test
    void grad_scaling_clipping_by_coefficient() {
        float maxNorm = 0.2f;
        new ScalingCase().tolerance(1e-6).optimizer(groups -> new AdamW(groups, 1e-2f)).check(3, 1, (model, optimizer, data, scaler, scaled) -> {
            for (int i = 0; i < data.size(); i++) {
                optimizer.zeroGrad();
                Variable loss = data.get(i).loss(model);
                if (!scaled) {
                    loss.backward();
                    if (!scaler.isEnabled() || i != ScalingCase.SKIPPED) {
                        optimizer.step(GradientClipping.coefficient(GradientClipping.globalNorm(model.parameters()), maxNorm));
                    }
                    continue;
                }
                scaler.scale(loss).backward();
                if (i == ScalingCase.SKIPPED && scaler.isEnabled()) {
                    ScalingCase.spoil(model);
                }
                scaler.unscale(optimizer);
                scaler.step(optimizer, GradientClipping.coefficient(GradientClipping.globalNorm(model.parameters()), maxNorm));
                scaler.update();
            }
        });
    }

    @Test
    void grad_scaling_accumulation() {
        int microBatches = 2;
        new ScalingCase().check(2, 0, (model, optimizer, data, scaler, scaled) -> {
            for (int i = 0; i < data.size(); i++) {
                Variable loss = F.scale(data.get(i).loss(model), 1f / microBatches);
                (scaled ? scaler.scale(loss) : loss).backward();
                if ((i + 1) % microBatches == 0) {
                    if (scaled) {
                        scaler.step(optimizer);
                        scaler.update();
                    } else {
                        optimizer.step();
                    }
                    if (i + 1 < data.size()) {
                        optimizer.zeroGrad();
                    }
                }
            }
        });
    }

    /** Two models, two optimizers and two losses: only the optimizer that saw the infinity skips. */
    @Test
    void grad_scaling_multiple() {
        for (boolean enabled : new boolean[] {true, false}) {
            try (JvmDevice device = JvmDevice.open(1)) {
                float[][][] weights = new float[2][][];
                GradScaler scaler = new GradScaler(device, 128, 2, 0.5, 1, enabled);
                for (boolean scaled : new boolean[] {false, true}) {
                    ScalingCase.TwoLayers m0 = new ScalingCase.TwoLayers(device, 5);
                    ScalingCase.TwoLayers m1 = new ScalingCase.TwoLayers(device, 6);
                    Optimizer o0 = new SGD(m0.layer(""), 0.5f);
                    Optimizer o1 = new SGD(m1.layer(""), 0.5f);
                    var data = ScalingCase.data(device);
                    for (int i = 0; i < data.size(); i++) {
                        o0.zeroGrad();
                        o1.zeroGrad();
                        Variable l0 = data.get(i).loss(m0);
                        Variable l1 = F.scale(data.get(i).loss(m1), 0.7f);
                        if (!scaled) {
                            l0.backward();
                            l1.backward();
                            o0.step();
                            if (!enabled || i != ScalingCase.SKIPPED) {
                                o1.step();
                            }
                            continue;
                        }
                        scaler.scale(l0).backward();
                        scaler.scale(l1).backward();
                        if (i == ScalingCase.SKIPPED && enabled) {
                            ScalingCase.spoil(m1);
                        }
                        scaler.step(o0);
                        scaler.step(o1);
                        if (enabled) {
                            assertFalse(scaler.foundInf(o0));
                            assertEquals(i == ScalingCase.SKIPPED, scaler.foundInf(o1));
                        }
                        scaler.update();
                    }
                    assertEquals(4, o0.stepCount());
                    assertEquals(enabled ? 3 : 4, o1.stepCount());
                    weights[scaled ? 1 : 0] = new float[][] {values(m0), values(m1)};
                }
                assertEquals(enabled ? 128f * 8 * 0.5f : 1f, scaler.getScale());
                for (int m = 0; m < 2; m++) {
                    assertArrayEquals(weights[0][m], weights[1][m], 1e-6f, "model " + m);
                }
            }
        }
    }

    private static float[] values(ScalingCase.TwoLayers model) {
        return model.namedParameters().get("1.weight").data().toFloats();
    }
}
