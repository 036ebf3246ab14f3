// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That a comparison of devices finds nothing where the JVM stands for the GPU too, and can find something. */
class DeviceComparisonTest {
    @Test
    void anOpOfOneDeviceIsEqual() {
        try (JvmDevice jvm = JvmDevice.open()) {
            GpuCase op = OpTable.gpuCases().stream().filter(c -> c.name().startsWith("layer_norm")).findFirst().orElseThrow();
            assertNull(DeviceComparison.run(op, jvm, jvm));
        }
    }

    @Test
    void anOpThatGivesOtherNumbersTheSecondTimeIsNamed() {
        try (JvmDevice jvm = JvmDevice.open()) {
            int[] calls = {0};
            GpuCase op = new GpuCase("fails", 1e-3, inputs -> List.of(inputs.normal(DType.F32, (double) ++calls[0], 4)));
            assertNotNull(DeviceComparison.run(op, jvm, jvm));
        }
    }

    @Test
    void differencesAreRelativeToTheLargestValue() {
        assertEquals(0.25, DeviceComparison.difference(new float[] {1, 3}, new float[] {2, 4}));
        assertEquals(0, DeviceComparison.difference(new float[] {Float.NaN, 1}, new float[] {Float.NaN, 1}));
        assertTrue(Double.isNaN(DeviceComparison.difference(new float[] {Float.NaN}, new float[] {1})));
        assertTrue(Double.isNaN(DeviceComparison.difference(new float[] {1}, new float[] {Float.POSITIVE_INFINITY})));
    }
}
