// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.lang.foreign.MemorySegment;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** The element type of a tensor's storage. */
public enum DType {
    /** IEEE 754 binary32. */
    F32(4) {
        @Override
        public TornadoNativeArray allocate(int elements) {
            return new FloatArray(elements);
        }

        @Override
        public TornadoNativeArray over(MemorySegment memory) {
            return FloatArray.fromSegmentShallow(memory);
        }
    },
    /** IEEE 754 binary16: a storage format only, since kernels compute in float. */
    F16(2) {
        @Override
        public TornadoNativeArray allocate(int elements) {
            return new HalfFloatArray(elements);
        }

        @Override
        public TornadoNativeArray over(MemorySegment memory) {
            return HalfFloatArray.fromSegmentShallow(memory);
        }
    },
    /** Two's complement 32-bit integers: token ids, masks, random state. */
    I32(4) {
        @Override
        public TornadoNativeArray allocate(int elements) {
            return new IntArray(elements);
        }

        @Override
        public TornadoNativeArray over(MemorySegment memory) {
            return IntArray.fromSegmentShallow(memory);
        }
    };

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Whether elements are floating-point numbers. */
    public boolean isFloating() {
        return this != I32;
    }

    /** An array over memory with a header before its elements, which is written. */
    public abstract TornadoNativeArray over(MemorySegment memory);

    /** A new zero-filled array of {@code elements} elements. */
    public abstract TornadoNativeArray allocate(int elements);
}
