// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoragePoolTest {
    private final Device device = JvmDevice.open(1);

    @AfterEach
    void close() {
        device.close();
    }

    @Test
    void programsUseTheSameArrays() {
        Tensor large = MemoryPlanTest.ramp(device, 1000);
        Tensor small = MemoryPlanTest.ramp(device, 600);
        Program first = chain(large, 5);
        long bytes = device.stats().bytesAllocated();
        Program second = chain(small, 9);
        assertEquals(bytes + 600 * 4, device.stats().bytesAllocated(), "only the output is new");
        Program third = chain(large, 3);
        assertEquals(bytes + 600 * 4 + 1000 * 4, device.stats().bytesAllocated());

        first.run();
        second.run();
        third.run();
        first.run();
        assertArrayEquals(scaled(large, 32f), first.output(0).toFloats());
        assertArrayEquals(scaled(small, 512f), second.output(0).toFloats());
        assertArrayEquals(scaled(large, 8f), third.output(0).toFloats());
    }

    @Test
    void aLargerProgramTakesNewArraysOnlyForWhatDoesNotFit() {
        chain(MemoryPlanTest.ramp(device, 100), 4);
        Tensor large = MemoryPlanTest.ramp(device, 1000);
        long bytes = device.stats().bytesAllocated();
        Program program = chain(large, 4);
        assertEquals(bytes + 3 * 1000 * 4, device.stats().bytesAllocated(), "two slots and the output");
        program.run();
        assertArrayEquals(scaled(large, 16f), program.output(0).toFloats());
    }

    @Test
    void arraysOfOneTypeDoNotServeAnother() {
        Tensor x = MemoryPlanTest.ramp(device, 100);
        chain(x, 4);
        long bytes = device.stats().bytesAllocated();
        Program.record(device, () -> List.of(Cast.to(Cast.to(x, DType.F16), DType.F32)));
        assertEquals(bytes + 100 * 2 + 100 * 4, device.stats().bytesAllocated(), "one half slot and the output");
    }

    private Program chain(Tensor x, int length) {
        return Program.record(device, () -> {
            Tensor y = x;
            for (int i = 0; i < length; i++) {
                y = Elementwise.scale(y, 2f);
            }
            return List.of(y);
        });
    }

    private static float[] scaled(Tensor x, float factor) {
        float[] values = x.toFloats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        return values;
    }
}
