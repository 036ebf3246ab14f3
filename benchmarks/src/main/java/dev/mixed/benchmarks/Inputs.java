// SPDX-License-Identifier: Apache-2.0
package dev.mixed.benchmarks;

import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import java.util.Arrays;
import java.util.Random;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Random operands, the same in every run. */
public final class Inputs {
    private static final int VOCABULARY = 30522;

    private Inputs() {
    }

    /** The integers of a parameter such as 1024x128. */
    public static int[] sizes(String parameter) {
        return Arrays.stream(parameter.split("x")).mapToInt(Integer::parseInt).toArray();
    }

    static FloatArray floats(int size) {
        float[] values = normal(size);
        FloatArray array = new FloatArray(size);
        for (int i = 0; i < size; i++) {
            array.set(i, Float.float16ToFloat(Float.floatToFloat16(values[i])));
        }
        return array;
    }

    static HalfFloatArray halves(int size) {
        float[] values = normal(size);
        HalfFloatArray array = new HalfFloatArray(size);
        for (int i = 0; i < size; i++) {
            array.set(i, new HalfFloat(values[i]));
        }
        return array;
    }

    static Tensor tensor(JvmDevice device, Shape shape) {
        return Tensor.of(device, shape, normal(shape.elements()));
    }

    static Tensor ids(JvmDevice device) {
        return Tensor.ofInts(device, Shape.of(16, 64), new Random(3).ints(1024, 0, VOCABULARY).toArray());
    }

    static LayerNorm.Result statistics(JvmDevice device) {
        Tensor rows = tensor(device, Shape.of(1024));
        return new LayerNorm.Result(rows, rows, rows);
    }

    private static float[] normal(int size) {
        Random random = new Random(size);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
