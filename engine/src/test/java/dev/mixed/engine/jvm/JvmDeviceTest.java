// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import dev.mixed.engine.ops.reduce.SumRows;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

class JvmDeviceTest {
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 8})
    void resultsDoNotDependOnTheNumberOfThreads(int threads) {
        try (JvmDevice one = JvmDevice.open(1); JvmDevice many = JvmDevice.open(threads)) {
            List<Tensor> expected = mixedOps(one);
            List<Tensor> actual = mixedOps(many);
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i).toFloats(), actual.get(i).toFloats(), 0f, "result " + i);
            }
        }
    }

    private static List<Tensor> mixedOps(Device device) {
        Random random = new Random(5);
        Shape shape = Shape.of(129, 257);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Tensor x = Tensor.of(device, shape, values);
        Tensor gamma = Tensor.of(device, Shape.of(257), Arrays.copyOf(values, 257));
        LayerNorm.Result normed = LayerNorm.forward(x, gamma, gamma, 1e-5f);
        Tensor activated = Gelu.exact(normed.y());
        Tensor dropped = Dropout.apply(activated, 0.3f, new RandomState(device, 11).next());
        Tensor gradient = LayerNorm.backward(x, gamma, normed, dropped);
        Tensor dgamma = Tensor.empty(device, Shape.of(257), DType.F32);
        LayerNorm.backwardGammaInto(dgamma, x, normed, dropped, false);
        Tensor sums = Tensor.empty(device, Shape.of(257), DType.F32);
        SumRows.into(sums, gradient, false);
        return List.of(normed.y(), activated, dropped, gradient, dgamma, sums, Optim.norm(List.of(gradient, dgamma)),
                Elementwise.add(gradient, dropped));
    }

    @Test
    void slicesCoverTheRangeOnce() {
        Kernel count = Kernel.of("count", JvmDeviceTest::increment);
        for (int range : new int[] {1, 2, 3, 17, 64, 65, 127, 4098}) {
            for (int threads : new int[] {1, 2, 3, 7}) {
                try (JvmDevice device = JvmDevice.open(threads)) {
                    Tensor x = Tensor.zeros(device, Shape.of(range), DType.F32);
                    count.launch().update(x).over(range, 1 << 20);
                    float[] ones = new float[range];
                    Arrays.fill(ones, 1f);
                    assertArrayEquals(ones, x.toFloats(), "range " + range + " on " + threads + " threads");
                }
            }
        }
    }

    /** x[i] += 1. */
    public static void increment(FloatArray x, int from, int count) {
        for (int i = from; i < from + count; i++) {
            x.set(i, x.get(i) + 1f);
        }
    }

    @Test
    void aFailingKernelIsReported() {
        Kernel fails = Kernel.of("fails", JvmDeviceTest::failing);
        try (JvmDevice device = JvmDevice.open(2)) {
            Tensor x = Tensor.zeros(device, Shape.of(100), DType.F32);
            fails.launch().update(x).over(100, 1 << 20);
            assertEquals("index 77", assertThrows(IllegalStateException.class, x::toFloats).getMessage());
            assertEquals(0f, Elementwise.add(x, x).toFloats()[99]);
        }
    }

    /** Throws in the slice that holds index 77. */
    public static void failing(FloatArray x, int from, int count) {
        if (from <= 77 && 77 < from + count) {
            throw new IllegalStateException("index 77");
        }
    }

    @Test
    void refusesArgumentsThatDoNotMatchTheKernel() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = Tensor.zeros(device, Shape.of(2), DType.F32);
            Kernel count = Kernel.of("count", JvmDeviceTest::increment);
            assertThrows(IllegalArgumentException.class, () -> count.launch().update(x).ints(3).over(2, 1));
        }
    }

    @Test
    void needsAThread() {
        assertThrows(IllegalArgumentException.class, () -> JvmDevice.open(0));
    }
}
