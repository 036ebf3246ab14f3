// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.curves;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.compare.curves.CurveComparison.Pair;
import dev.mixed.compare.curves.TorchCurves.Curve;
import dev.mixed.compare.curves.TorchCurves.Run;
import dev.mixed.engine.Device;
import dev.mixed.engine.jvm.JvmDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** 100 training steps from the same weights on the same batches have PyTorch's losses, and PyTorch's scaler skips the same steps and has the same scales. */
class CurveParityTest {
    /** The recorded runs in their own precisions are repeated by CompareCommandTest; this is the one of halves throughout. */
    @Test
    void oneHundredStepsWithAResidualOfHalves() {
        TorchCurves torch = TorchCurves.open();
        try (Device device = JvmDevice.open()) {
            Pair pair = new Pair(Run.AMP_INJECTED, Precision.AMP, torch.of(Run.AMP_INJECTED),
                    new MixedCurves(torch, device).of(Run.AMP_INJECTED, Precision.AMP));
            assertEquals(100, pair.mixed().losses().length);
            assertEquals(pair.torch().skipped(), pair.mixed().skipped(), "skipped steps");
            assertArrayEquals(pair.torch().scales(), pair.mixed().scales(), "scale after each step");
            double difference = CurveComparison.largestDifference(pair.torch(), pair.mixed());
            assertTrue(difference <= CurveComparison.AMP_TOLERANCE, "losses differ by " + difference);
            assertTrue(pair.agrees());
        }
    }

    /** What is repeated is worth it: each recorded run in mixed precision skips a step and halves its scale there, and that in float does neither. */
    @ParameterizedTest
    @EnumSource(Run.class)
    void theRecordedRunsSkipSteps(Run run) {
        Curve torch = TorchCurves.open().of(run);
        assertEquals(100, torch.losses().length);
        assertEquals(run == Run.FP32, torch.skipped().isEmpty());
        assertEquals(run == Run.FP32 ? 1 : run.initScale() / 2, torch.scales()[torch.skipped().isEmpty() ? 0 : torch.skipped().getFirst()]);
    }

    @ParameterizedTest
    @CsvSource({"0,0.5", "99,0.25"})
    void differencesAreSeen(int step, float factor) {
        Curve torch = TorchCurves.open().of(Run.FP32);
        float[] losses = torch.losses().clone();
        losses[step] *= factor;
        assertEquals(1 - factor, CurveComparison.largestDifference(torch, new Curve(losses, torch.skipped(), torch.scales())), 1e-6);
        losses[step] = Float.NaN;
        assertEquals(Double.POSITIVE_INFINITY, CurveComparison.largestDifference(torch, new Curve(losses, torch.skipped(), torch.scales())));
    }

    /** One doubling late, as of a growth interval that is wrong by one, leaves losses and skipped steps as they are. */
    @Test
    void anotherScaleIsSeen() {
        Curve torch = TorchCurves.open().of(Run.AMP_INJECTED);
        Pair same = new Pair(Run.AMP_INJECTED, Precision.AMP_FLOAT_RESIDUAL, torch, torch);
        assertTrue(same.agrees());
        float[] scales = torch.scales().clone();
        scales[60] /= 2;
        Curve late = new Curve(torch.losses(), torch.skipped(), scales);
        assertFalse(new Pair(Run.AMP_INJECTED, Precision.AMP_FLOAT_RESIDUAL, torch, late).agrees());
    }
}
