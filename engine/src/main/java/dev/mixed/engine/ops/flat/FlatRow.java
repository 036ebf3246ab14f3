// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.flat;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Tensors of floats one after the other in one tensor, of floats or rounded to half: to nearest even, beyond 65504 to infinity. Each begins at a multiple
 * of {@link #ALIGNMENT} elements; what lies in between stays 0.
 */
public final class FlatRow {
    /** Elements: 16 bytes of halves. */
    public static final int ALIGNMENT = 8;

    static final Kernel TO_HALVES = Kernel.of("to_flat_halves", FlatRow::toHalves).named(Arguments.class);
    static final Kernel FROM_HALVES = Kernel.of("from_flat_halves", FlatRow::fromHalves).named(Arguments.class);
    static final Kernel TO_FLOATS = Kernel.of("to_flat_floats", FlatRow::toFloats).named(Arguments.class);
    static final Kernel FROM_FLOATS = Kernel.of("from_flat_floats", FlatRow::fromFloats).named(Arguments.class);

    private final List<Tensor> tensors;
    private final List<Integer> offsets = new ArrayList<>();
    private final Tensor flat;

    /** The arguments of all kernels. */
    record Arguments(Buffer x, Buffer flat, int offset) {
    }

    /**
     * @param tensors F32, of one device, at least one, 2^31 elements at most in all
     * @param type    F16 or F32
     */
    public FlatRow(List<Tensor> tensors, DType type) {
        if (type != DType.F16 && type != DType.F32) {
            throw new IllegalArgumentException("a flat row is F16 or F32, not " + type);
        }
        this.tensors = List.copyOf(tensors);
        Device device = tensors.getFirst().device();
        long elements = 0;
        for (Tensor tensor : tensors) {
            tensor.require("flat row", DType.F32);
            offsets.add((int) elements);
            elements += Math.ceilDiv(tensor.shape().elements(), ALIGNMENT) * (long) ALIGNMENT;
            if (elements > Integer.MAX_VALUE - ALIGNMENT) {
                throw new IllegalArgumentException("a flat row takes at most 2^31 elements in all");
            }
        }
        flat = Tensor.zeros(device, Shape.of((int) elements), type);
    }

    /** All in one. */
    public Tensor flat() {
        return flat;
    }

    /** Records that {@link #flat} takes what is in the tensors. */
    public void pack() {
        Kernel kernel = flat.dtype() == DType.F16 ? TO_HALVES : TO_FLOATS;
        for (int i = 0; i < tensors.size(); i++) {
            Tensor x = tensors.get(i);
            kernel.launch().read(x).update(flat).ints(offsets.get(i)).over(x.shape().elements(), 1);
        }
    }

    /** Records that the tensors take what is in {@link #flat}. */
    public void unpack() {
        Kernel kernel = flat.dtype() == DType.F16 ? FROM_HALVES : FROM_FLOATS;
        for (int i = 0; i < tensors.size(); i++) {
            Tensor x = tensors.get(i);
            kernel.launch().write(x).read(flat).ints(offsets.get(i)).over(x.shape().elements(), 1);
        }
    }

    /** flat[offset + i] = half(x[i]). */
    public static void toHalves(FloatArray x, HalfFloatArray flat, int offset, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            HalfFloat h = new HalfFloat(v);
            flat.set(offset + e, h);
        }
    }

    /** x[i] = float(flat[offset + i]). */
    public static void fromHalves(FloatArray x, HalfFloatArray flat, int offset, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            x.set(e, flat.get(offset + e).getFloat32());
        }
    }

    /** flat[offset + i] = x[i]. */
    public static void toFloats(FloatArray x, FloatArray flat, int offset, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            flat.set(offset + e, x.get(e));
        }
    }

    /** x[i] = flat[offset + i]. */
    public static void fromFloats(FloatArray x, FloatArray flat, int offset, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            x.set(e, flat.get(offset + e));
        }
    }
}
