// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Floats as they travel: as they are, or rounded to halves. */
enum WireFloats {
    FLOAT(Float.BYTES) {
        @Override
        void put(float[] values, int count, ByteBuffer to) {
            to.clear().limit(count * Float.BYTES);
            to.asFloatBuffer().put(values, 0, count);
        }

        @Override
        void get(ByteBuffer from, float[] values, int count) {
            from.asFloatBuffer().get(values, 0, count);
        }
    },
    HALF(Short.BYTES) {
        @Override
        void put(float[] values, int count, ByteBuffer to) {
            to.clear().limit(count * Short.BYTES);
            for (int i = 0; i < count; i++) {
                to.putShort(i * Short.BYTES, Float.floatToFloat16(values[i]));
            }
        }

        @Override
        void get(ByteBuffer from, float[] values, int count) {
            for (int i = 0; i < count; i++) {
                values[i] = Float.float16ToFloat(from.getShort(i * Short.BYTES));
            }
        }
    };

    private final int bytes;

    WireFloats(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one. */
    int bytes() {
        return bytes;
    }

    /** A buffer for so many. */
    ByteBuffer buffer(int count) {
        return ByteBuffer.allocateDirect(count * bytes).order(ByteOrder.nativeOrder());
    }

    /** Makes the buffer hold the first {@code count} values, from its start to its limit. */
    abstract void put(float[] values, int count, ByteBuffer to);

    /** The first {@code count} values that a buffer holds from its start on. */
    abstract void get(ByteBuffer from, float[] values, int count);
}
