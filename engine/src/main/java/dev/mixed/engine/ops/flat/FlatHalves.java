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
 * Tensors of floats rounded to half, one after the other in one tensor: to nearest even, beyond 65504 to infinity. Each begins at a multiple of
 * {@link #ALIGNMENT} elements; what lies in between stays 0.
 */
public final class FlatHalves {
    /** Elements: 16 bytes. */
    public static final int ALIGNMENT = 8;

    static final Kernel TO_FLAT = Kernel.of("to_flat_halves", FlatHalves::toFlat).named(Arguments.class);
    static final Kernel FROM_FLAT = Kernel.of("from_flat_halves", FlatHalves::fromFlat).named(Arguments.class);

    private final List<Tensor> tensors;
    private final List<Integer> offsets = new ArrayList<>();
    private final Tensor flat;

    /** The arguments of both kernels. */
    record Arguments(Buffer x, Buffer flat, int offset) {
    }

    /** @param tensors F32, of one device, at least one, 2^31 elements at most in all */
    public FlatHalves(List<Tensor> tensors) {
        this.tensors = List.copyOf(tensors);
        Device device = tensors.getFirst().device();
        long elements = 0;
        for (Tensor tensor : tensors) {
            tensor.require("flat halves", DType.F32);
            offsets.add((int) elements);
            elements += Math.ceilDiv(tensor.shape().elements(), ALIGNMENT) * (long) ALIGNMENT;
            if (elements > Integer.MAX_VALUE - ALIGNMENT) {
                throw new IllegalArgumentException("flat halves take at most 2^31 elements in all");
            }
        }
        flat = Tensor.zeros(device, Shape.of((int) elements), DType.F16);
    }

    /** All in one, F16. */
    public Tensor flat() {
        return flat;
    }

    /** Records that the tensors are rounded into {@link #flat}. */
    public void pack() {
        for (int i = 0; i < tensors.size(); i++) {
            Tensor x = tensors.get(i);
            TO_FLAT.launch().read(x).update(flat).ints(offsets.get(i)).over(x.shape().elements(), 1);
        }
    }

    /** Records that the tensors take what is in {@link #flat}. */
    public void unpack() {
        for (int i = 0; i < tensors.size(); i++) {
            Tensor x = tensors.get(i);
            FROM_FLAT.launch().write(x).read(flat).ints(offsets.get(i)).over(x.shape().elements(), 1);
        }
    }

    /** flat[offset + i] = half(x[i]). */
    public static void toFlat(FloatArray x, HalfFloatArray flat, int offset, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            float v = x.get(e);
            HalfFloat h = new HalfFloat(v);
            flat.set(offset + e, h);
        }
    }

    /** x[i] = float(flat[offset + i]). */
    public static void fromFlat(FloatArray x, HalfFloatArray flat, int offset, int from, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            int e = from + i;
            x.set(e, flat.get(offset + e).getFloat32());
        }
    }
}
