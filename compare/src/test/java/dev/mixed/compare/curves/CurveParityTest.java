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

/** 100 training steps from the same weights on the same batches have PyTorch's losses, and PyTorch's scaler skips the same steps and has the same scales. */
class CurveParityTest {
    @ParameterizedTest
    @CsvSource({"FP32,FP32,1e-3", "AMP,AMP_FLOAT_RESIDUAL,1e-2", "AMP_INJECTED,AMP_FLOAT_RESIDUAL,1e-2", "AMP_INJECTED,AMP,1e-2",
        "AMP_HIGH,AMP_FLOAT_RESIDUAL,1e-2"})
    void oneHundredSteps(Run run, Precision precision, double tolerance) {
        TorchCurves torch = TorchCurves.open();
        try (Device device = JvmDevice.open()) {
            Curve expected = torch.of(run);
            Curve actual = new MixedCurves(torch, device).of(run, precision);
            assertEquals(100, actual.losses().length);
            assertEquals(expected.skipped(), actual.skipped(), "skipped steps");
            assertEquals(run == Run.FP32, expected.skipped().isEmpty());
            assertArrayEquals(expected.scales(), actual.scales(), "scale after each step");
            assertEquals(run == Run.FP32 ? 1 : run.initScale() / 2, expected.scales()[expected.skipped().isEmpty() ? 0 : expected.skipped().getFirst()]);
            double difference = CurveComparison.largestDifference(expected, actual);
            assertTrue(difference <= tolerance, run + " differs by " + difference);
        }
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
