// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.flat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.OnDevices;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Many tensors as one row of halves. */
class FlatHalvesTest {
    private static final int[] SIZES = {1, 13, 4098, 8, 207, 8193, 4096, 5, 7, 16, 2, 300, 9000, 64, 65, 1, 3, 31};

    private static List<Tensor> tensors(Device device) {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < SIZES.length; i++) {
            tensors.add(Lowered.normal(device, DType.F32, i, SIZES[i]));
        }
        return tensors;
    }

    @Test
    void elementsAreRoundedAndComeBackOnEveryWayOfTheJvm() {
        OnDevices.run((device, name) -> {
            List<Tensor> tensors = tensors(device);
            float[] odd = {65519.9f, 65520f, Float.NEGATIVE_INFINITY, Float.NaN, 1e-8f, 2049f, -0f, 1f / 3};
            tensors.set(3, Tensor.of(device, Shape.of(8), odd));
            List<float[]> before = tensors.stream().map(Tensor::toFloats).toList();
            FlatHalves halves = new FlatHalves(tensors);
            halves.pack();
            tensors.forEach(tensor -> tensor.write(new float[tensor.shape().elements()]));
            halves.unpack();
            for (int i = 0; i < tensors.size(); i++) {
                float[] after = tensors.get(i).toFloats();
                for (int e = 0; e < after.length; e++) {
                    assertEquals(Float.float16ToFloat(Float.floatToFloat16(before.get(i)[e])), after[e], name + ", tensor " + i + ", element " + e);
                }
            }
        });
    }

    @Test
    void tensorsBeginAtMultiplesOfEightAndWhatLiesBetweenIsZero() {
        OnDevices.run((device, name) -> {
            FlatHalves halves = new FlatHalves(List.of(Tensor.of(device, Shape.of(3), 1, 2, 3), Tensor.of(device, Shape.of(1), 4)));
            halves.pack();
            float[] row = halves.flat().toFloats();
            float[] expected = {1, 2, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0};
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], row[i], name + ", element " + i);
            }
            assertEquals(expected.length, row.length);
        });
    }

    /** All tensors in one launch each way, with the numbers of the loops, bit for bit. */
    @Test
    void oneLaunchTakesAllTensorsOnAGpu() {
        assertEquals(List.of("wide.addresses", "wide.addresses", "wide.to_flat_halves", "wide.addresses", "wide.addresses", "wide.from_flat_halves"),
                Lowered.check(GpuTarget.TURING, device -> {
                    List<Tensor> tensors = tensors(device);
                    FlatHalves halves = new FlatHalves(tensors);
                    return () -> {
                        halves.pack();
                        halves.unpack();
                        List<Tensor> all = new ArrayList<>(tensors);
                        all.add(halves.flat());
                        return all;
                    };
                }, 0));
    }

    @Test
    void onlyFloatsAreTaken() {
        OnDevices.run((device, name) -> assertThrows(IllegalArgumentException.class,
                () -> new FlatHalves(List.of(Tensor.zeros(device, Shape.of(2), DType.F16))), name));
    }
}
