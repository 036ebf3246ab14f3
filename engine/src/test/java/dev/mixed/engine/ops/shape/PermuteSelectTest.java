// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.shape;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.Numbers;
import dev.mixed.engine.ops.OnDevices;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link Permute} and {@link Select}. */
class PermuteSelectTest {
    private static final int[][][] CASES = {
        {{5}, {0}}, {{3, 7}, {0, 1}}, {{3, 7}, {1, 0}}, {{33, 17}, {1, 0}}, {{2, 3, 5}, {2, 0, 1}}, {{2, 3, 5}, {1, 2, 0}}, {{2, 3, 5}, {2, 1, 0}},
        {{2, 13, 4, 7}, {0, 2, 1, 3}}, {{2, 13, 4, 7}, {0, 2, 3, 1}}, {{2, 3, 4, 5}, {3, 1, 0, 2}}, {{1, 1, 1, 1}, {3, 2, 1, 0}},
        {{4, 64, 2, 16}, {0, 2, 1, 3}},
    };

    @Test
    void everyElementGoesWhereItsIndicesSay() {
        for (int[][] c : CASES) {
            int[] shape = c[0];
            int[] axes = c[1];
            int n = Shape.of(shape).elements();
            int[] ints = new Random(n).ints(n, -2000, 2000).toArray();
            float[] floats = new float[n];
            for (int i = 0; i < n; i++) {
                floats[i] = ints[i];
            }
            int[] expected = permuted(ints, shape, axes);
            float[] expectedFloats = new float[n];
            for (int i = 0; i < n; i++) {
                expectedFloats[i] = expected[i];
            }
            int[] inverse = new int[axes.length];
            for (int i = 0; i < axes.length; i++) {
                inverse[axes[i]] = i;
            }
            OnDevices.run((device, what) -> {
                String name = what + ", " + Arrays.toString(shape) + " by " + Arrays.toString(axes);
                for (DType dtype : new DType[] {DType.F32, DType.F16}) {
                    Tensor x = Tensor.of(device, Shape.of(shape), dtype, floats);
                    Tensor y = Permute.permute(x, axes);
                    assertArrayEquals(expectedFloats, y.toFloats(), name);
                    assertArrayEquals(floats, Permute.permute(y, inverse).toFloats(), name);
                    assertEquals(x.shape(), Permute.permute(y, inverse).shape());
                }
                assertArrayEquals(expected, Permute.permute(Tensor.ofInts(device, Shape.of(shape), ints), axes).toInts(), name);
            });
        }
    }

    /** By index arithmetic of another kind: counts through the source's indices. */
    private static int[] permuted(int[] x, int[] shape, int[] axes) {
        int rank = shape.length;
        int[] result = new int[x.length];
        int[] index = new int[rank];
        for (int value : x) {
            int at = 0;
            for (int i = 0; i < rank; i++) {
                at = at * shape[axes[i]] + index[axes[i]];
            }
            result[at] = value;
            for (int i = rank - 1; i >= 0 && ++index[i] == shape[i]; i--) {
                index[i] = 0;
            }
        }
        return result;
    }

    @Test
    void firstPositionAndItsGradient() {
        for (int[] s : new int[][] {{1, 1, 1}, {2, 3, 5}, {3, 1, 7}, {16, 9, 128}, {5, 33, 13}}) {
            float[] x = Numbers.normal(new Random(s[2]), s[0] * s[1] * s[2], 1, true);
            float[] first = new float[s[0] * s[2]];
            float[] back = new float[x.length];
            for (int b = 0; b < s[0]; b++) {
                for (int j = 0; j < s[2]; j++) {
                    first[b * s[2] + j] = x[b * s[1] * s[2] + j];
                    back[b * s[1] * s[2] + j] = first[b * s[2] + j];
                }
            }
            OnDevices.run((device, what) -> {
                for (DType dtype : new DType[] {DType.F32, DType.F16}) {
                    Tensor y = Select.first(Tensor.of(device, Shape.of(s), dtype, x));
                    assertEquals(Shape.of(s[0], s[2]), y.shape());
                    assertArrayEquals(first, y.toFloats(), what);
                    Tensor dx = Select.firstBackward(y, s[1]);
                    assertEquals(Shape.of(s), dx.shape());
                    assertArrayEquals(back, dx.toFloats(), what);
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void gradientOfTheFirstPositionLowered(DType dtype) {
        Lowered.checkBits("select_first_backward", dtype, (x, _) -> Select.firstBackward(x, 5), 3, 13);
        Lowered.checkBits("select_first_backward", dtype, (x, _) -> Select.firstBackward(x, 1), 2, 207);
        Lowered.checkBits("select_first_backward", dtype, (x, _) -> Select.firstBackward(x, 17), 4, 64);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16"})
    void gradientOfTheFirstTokenOfEachTextLowered(DType dtype) {
        // Texts without tokens first, between others and last; dead tokens; and a single text.
        for (int[] starts : new int[][] {{0, 0, 0, 3, 3, 4, 20, 29, 29, 29}, {0, 31}, {0, 0, 31}, {0, 1, 2, 3}, {0, 0}}) {
            float[] dy = Numbers.normal(new Random(1), (starts.length - 1) * 13, 1, true);
            Lowered.checkBits(List.of("gpu.select_first_of_texts_backward." + (dtype == DType.F32 ? "f32" : "f16")),
                    d -> Tensor.of(d, Shape.of(starts.length - 1, 13), dtype, dy), d -> Tensor.ofInts(d, Shape.of(starts.length), starts),
                    (x, bounds) -> Select.firstOfTextsBackward(x, bounds, Shape.of(31, 13)));
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(2, 3), DType.F32);
            String message = assertThrows(IllegalArgumentException.class, () -> Permute.permute(x, 0, 0)).getMessage();
            assertTrue(message.contains("permute") && message.contains("[0, 0]") && message.contains("[2, 3]"), message);
            assertThrows(IllegalArgumentException.class, () -> Permute.permute(x, 0));
            assertThrows(IllegalArgumentException.class, () -> Permute.permute(x, 0, 2));
            assertThrows(IllegalArgumentException.class, () -> Permute.permute(x.reshape(1, 1, 1, 2, 3), 0, 1, 2, 3, 4));
            assertThrows(IllegalArgumentException.class, () -> Select.first(x));
            assertThrows(IllegalArgumentException.class, () -> Select.firstBackward(x.reshape(6), 2));
        }
    }
}
