// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.flat;

import static dev.mixed.engine.ops.MultiTensor.CHUNK;
import static dev.mixed.engine.ops.MultiTensor.THREADS;

import dev.mixed.engine.ops.TensorTable;
import dev.mixed.intrinsics.Addresses;
import dev.mixed.intrinsics.GlobalMemory;
import dev.mixed.intrinsics.Halves;
import dev.mixed.intrinsics.Registers;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** {@link FlatRow} of all tensors at once, 16 bytes of the row to a thread; see {@link TensorTable} for the tables. An entry's offset is its place in the row. */
final class FlatRowWide {
    private static final int UNIT = 8;
    /** Elements that a block takes at once. */
    private static final int STEP = UNIT * THREADS;
    private static final int FLOATS = 4;
    private static final int FLOATS_STEP = FLOATS * THREADS;

    private FlatRowWide() {
    }

    /** flat[offset + i] = half(x[i]) of each entry's array x. */
    static void toHalves(KernelContext context, IntArray addresses, IntArray layout, HalfFloatArray flat) {
        int block = context.groupIdx;
        int entry = TensorTable.entry(layout, block);
        int chunk = TensorTable.chunk(layout, entry, block);
        int end = TensorTable.end(layout, entry, chunk);
        int offset = TensorTable.offset(layout, entry);
        long x = Addresses.at(addresses, entry);
        for (int i = 0; i < CHUNK / STEP; i++) {
            int e = chunk * CHUNK + UNIT * context.localIdx + i * STEP;
            if (e + UNIT <= end) {
                float[] values = Registers.floats(UNIT);
                int[] words = Registers.words(4);
                Addresses.load4(values, 0, x, e);
                Addresses.load4(values, 4, x, e + 4);
                Registers.set(words, 0, Halves.pack(Registers.get(values, 0), Registers.get(values, 1)));
                Registers.set(words, 1, Halves.pack(Registers.get(values, 2), Registers.get(values, 3)));
                Registers.set(words, 2, Halves.pack(Registers.get(values, 4), Registers.get(values, 5)));
                Registers.set(words, 3, Halves.pack(Registers.get(values, 6), Registers.get(values, 7)));
                GlobalMemory.store8(flat, offset + e, words, 0);
            } else {
                for (int rest = e; rest < end; rest++) {
                    GlobalMemory.store(flat, offset + rest, Addresses.load(x, rest));
                }
            }
        }
    }

    /** x[i] = float(flat[offset + i]) of each entry's array x. */
    static void fromHalves(KernelContext context, IntArray addresses, IntArray layout, HalfFloatArray flat) {
        int block = context.groupIdx;
        int entry = TensorTable.entry(layout, block);
        int chunk = TensorTable.chunk(layout, entry, block);
        int end = TensorTable.end(layout, entry, chunk);
        int offset = TensorTable.offset(layout, entry);
        long x = Addresses.at(addresses, entry);
        for (int i = 0; i < CHUNK / STEP; i++) {
            int e = chunk * CHUNK + UNIT * context.localIdx + i * STEP;
            if (e + UNIT <= end) {
                float[] values = Registers.floats(UNIT);
                int[] words = Registers.words(4);
                GlobalMemory.load8(words, 0, flat, offset + e);
                Registers.set(values, 0, Halves.low(Registers.get(words, 0)));
                Registers.set(values, 1, Halves.high(Registers.get(words, 0)));
                Registers.set(values, 2, Halves.low(Registers.get(words, 1)));
                Registers.set(values, 3, Halves.high(Registers.get(words, 1)));
                Registers.set(values, 4, Halves.low(Registers.get(words, 2)));
                Registers.set(values, 5, Halves.high(Registers.get(words, 2)));
                Registers.set(values, 6, Halves.low(Registers.get(words, 3)));
                Registers.set(values, 7, Halves.high(Registers.get(words, 3)));
                Addresses.store4(x, e, values, 0);
                Addresses.store4(x, e + 4, values, 4);
            } else {
                for (int rest = e; rest < end; rest++) {
                    Addresses.store(x, rest, GlobalMemory.load(flat, offset + rest));
                }
            }
        }
    }

    /** flat[offset + i] = x[i] of each entry's array x. */
    static void toFloats(KernelContext context, IntArray addresses, IntArray layout, FloatArray flat) {
        int block = context.groupIdx;
        int entry = TensorTable.entry(layout, block);
        int chunk = TensorTable.chunk(layout, entry, block);
        int end = TensorTable.end(layout, entry, chunk);
        int offset = TensorTable.offset(layout, entry);
        long x = Addresses.at(addresses, entry);
        for (int i = 0; i < CHUNK / FLOATS_STEP; i++) {
            int e = chunk * CHUNK + FLOATS * context.localIdx + i * FLOATS_STEP;
            if (e + FLOATS <= end) {
                float[] values = Registers.floats(FLOATS);
                Addresses.load4(values, 0, x, e);
                GlobalMemory.store4(flat, offset + e, values, 0);
            } else {
                for (int rest = e; rest < end; rest++) {
                    flat.set(offset + rest, Addresses.load(x, rest));
                }
            }
        }
    }

    /** x[i] = flat[offset + i] of each entry's array x. */
    static void fromFloats(KernelContext context, IntArray addresses, IntArray layout, FloatArray flat) {
        int block = context.groupIdx;
        int entry = TensorTable.entry(layout, block);
        int chunk = TensorTable.chunk(layout, entry, block);
        int end = TensorTable.end(layout, entry, chunk);
        int offset = TensorTable.offset(layout, entry);
        long x = Addresses.at(addresses, entry);
        for (int i = 0; i < CHUNK / FLOATS_STEP; i++) {
            int e = chunk * CHUNK + FLOATS * context.localIdx + i * FLOATS_STEP;
            if (e + FLOATS <= end) {
                float[] values = Registers.floats(FLOATS);
                GlobalMemory.load4(values, 0, flat, offset + e);
                Addresses.store4(x, e, values, 0);
            } else {
                for (int rest = e; rest < end; rest++) {
                    Addresses.store(x, rest, flat.get(offset + rest));
                }
            }
        }
    }
}
