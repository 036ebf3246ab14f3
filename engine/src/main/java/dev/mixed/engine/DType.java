// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

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
    },
    /** IEEE 754 binary16: a storage format only, since kernels compute in float. */
    F16(2) {
        @Override
        public TornadoNativeArray allocate(int elements) {
            return new HalfFloatArray(elements);
        }
    },
    /** Two's complement 32-bit integers: token ids, masks, random state. */
    I32(4) {
        @Override
        public TornadoNativeArray allocate(int elements) {
            return new IntArray(elements);
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

    /** A new zero-filled array of {@code elements} elements. */
    public abstract TornadoNativeArray allocate(int elements);
}
