// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class LossLogTest {
    @AutoClose
    private final Device device = JvmDevice.open(1);

    @Test
    void keepsTheLossesOfTheLatestRunsInOrder() {
        LossLog log = new LossLog(device, 5);
        Tensor input = Tensor.zeros(device, Shape.of(), DType.F32);
        Program step = Program.record(device, () -> {
            Tensor loss = Elementwise.scale(input, 10f);
            log.append(loss);
            return List.of(loss);
        });
        assertArrayEquals(new float[0], log.last(0));
        for (int run = 1; run <= 13; run++) {
            input.write(run == 12 ? Float.NaN : run);
            step.run();
            int count = Math.min(run, 1 + run % 5);
            float[] expected = new float[count];
            for (int i = 0; i < count; i++) {
                int of = run - count + 1 + i;
                expected[i] = of == 12 ? Float.NaN : 10f * of;
            }
            assertArrayEquals(expected, log.last(count), "after run " + run);
        }
        assertArrayEquals(new float[] {90f, 100f, 110f, Float.NaN, 130f}, log.last(5));
        assertEquals(5, log.kept());
        assertThrows(IllegalArgumentException.class, () -> log.last(6));
        assertThrows(IllegalArgumentException.class, () -> log.append(Tensor.zeros(device, Shape.of(2), DType.F32)));
        assertThrows(IllegalArgumentException.class, () -> new LossLog(device, 0));
    }
}
