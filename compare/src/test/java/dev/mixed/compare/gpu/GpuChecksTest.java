// SPDX-License-Identifier: Apache-2.0
package dev.mixed.compare.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.amp.Precision;
import dev.mixed.bert.config.VectorSettings;
import dev.mixed.engine.jvm.JvmDevice;
import org.junit.jupiter.api.Test;

/** That the checks of {@code gpu-test} find nothing where the JVM stands for the GPU too, and can find something. */
class GpuChecksTest {
    @Test
    void aCheckpointMovedWithinOneDeviceGoesOnAlike() {
        try (JvmDevice jvm = JvmDevice.open()) {
            assertNull(CheckpointCheck.run(jvm, jvm, jvm, false, 0));
        }
    }

    @Test
    void gradientsOfOneDeviceAreEqual() {
        try (JvmDevice jvm = JvmDevice.open()) {
            assertNull(ModelChecks.gradients(jvm, jvm, Precision.FP32, 0));
            assertNull(ModelChecks.checkpointed(jvm, Precision.AMP));
        }
    }

    @Test
    void gradientsOfVectorsAreEqualAndNotNone() {
        try (JvmDevice jvm = JvmDevice.open()) {
            for (VectorSettings.Loss loss : VectorSettings.Loss.values()) {
                assertNull(VectorChecks.gradients(jvm, jvm, loss, Precision.FP32, 0));
                // In half they are others, so that there is something to compare.
                var exact = VectorChecks.gradients(jvm, loss, Precision.FP32);
                var half = VectorChecks.gradients(jvm, loss, Precision.AMP);
                assertNull(ModelChecks.compared(exact, half, 1e-1));
                assertTrue(ModelChecks.compared(exact, half, 0).startsWith("gradients differ by "));
            }
        }
    }

    /** Masks of attention and dropout come from the seed alone, whatever the device: so only the bound can make the checks speak up. */
    @Test
    void whatIsOutOfBoundsIsNamed() {
        try (JvmDevice jvm = JvmDevice.open()) {
            assertEquals("gradients differ by 0.00e+00 of their norm, allowed are -1e+00", ModelChecks.gradients(jvm, jvm, Precision.AMP, -1));
            assertTrue(ModelChecks.losses(jvm, jvm, Precision.FP32, 0.1, 2, -1).startsWith("the loss of step 1 is "));
        }
    }
}
