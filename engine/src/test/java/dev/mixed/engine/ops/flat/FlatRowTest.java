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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Many tensors as one row. */
class FlatRowTest {
    private static final int[] SIZES = {1, 13, 4098, 8, 207, 8193, 4096, 5, 7, 16, 2, 300, 9000, 64, 65, 1, 3, 31};

    private static List<Tensor> tensors(Device device) {
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < SIZES.length; i++) {
            tensors.add(Lowered.normal(device, DType.F32, i, SIZES[i]));
        }
        return tensors;
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "F32"})
    void elementsComeBackOnEveryWayOfTheJvmAsTheRowHasThem(DType type) {
        OnDevices.run((device, name) -> {
            List<Tensor> tensors = tensors(device);
            float[] odd = {65519.9f, 65520f, Float.NEGATIVE_INFINITY, Float.NaN, 1e-8f, 2049f, -0f, 1f / 3};
            tensors.set(3, Tensor.of(device, Shape.of(8), odd));
            List<float[]> before = tensors.stream().map(Tensor::toFloats).toList();
            FlatRow row = new FlatRow(tensors, type);
            row.pack();
            tensors.forEach(tensor -> tensor.write(new float[tensor.shape().elements()]));
            row.unpack();
            for (int i = 0; i < tensors.size(); i++) {
                float[] after = tensors.get(i).toFloats();
                for (int e = 0; e < after.length; e++) {
                    float x = before.get(i)[e];
                    assertEquals(type == DType.F16 ? Float.float16ToFloat(Float.floatToFloat16(x)) : x, after[e], name + ", tensor " + i + ", element " + e);
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "F32"})
    void tensorsBeginAtMultiplesOfEightAndWhatLiesBetweenIsZero(DType type) {
        OnDevices.run((device, name) -> {
            FlatRow row = new FlatRow(List.of(Tensor.of(device, Shape.of(3), 1, 2, 3), Tensor.of(device, Shape.of(1), 4)), type);
            row.pack();
            float[] actual = row.flat().toFloats();
            float[] expected = {1, 2, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0};
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], actual[i], name + ", element " + i);
            }
            assertEquals(expected.length, actual.length);
        });
    }

    /** All tensors in one launch each way, with the numbers of the loops, bit for bit. */
    @ParameterizedTest
    @CsvSource({"F16, halves", "F32, floats"})
    void oneLaunchTakesAllTensorsOnAGpu(DType type, String kernels) {
        assertEquals(List.of("wide.addresses", "wide.addresses", "wide.to_flat_" + kernels, "wide.addresses", "wide.addresses", "wide.from_flat_" + kernels),
                Lowered.check(GpuTarget.TURING, device -> {
                    List<Tensor> tensors = tensors(device);
                    FlatRow row = new FlatRow(tensors, type);
                    return () -> {
                        row.pack();
                        row.unpack();
                        List<Tensor> all = new ArrayList<>(tensors);
                        all.add(row.flat());
                        return all;
                    };
                }, 0));
    }

    @Test
    void onlyFloatsAreTaken() {
        OnDevices.run((device, name) -> {
            assertThrows(IllegalArgumentException.class, () -> new FlatRow(List.of(Tensor.zeros(device, Shape.of(2), DType.F16)), DType.F16), name);
            assertThrows(IllegalArgumentException.class, () -> new FlatRow(List.of(Tensor.zeros(device, Shape.of(2), DType.F32)), DType.I32), name);
        });
    }
}
