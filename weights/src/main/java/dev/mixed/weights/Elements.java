// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights;

import dev.mixed.io.Brief;
import dev.mixed.io.UserException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian elements of a mapped file as floats of the JVM. */
final class Elements {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat NATIVE = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Elements() {
    }

    /** Copies {@code n} elements of a float type, {@code stride} apart, from element {@code first} on, to {@code target} from float {@code at} on. */
    static void copy(StoredType type, MemorySegment source, long first, long stride, MemorySegment target, long at, long n) {
        if (type == StoredType.F32 && stride == 1) {
            MemorySegment.copy(source, FLOAT, 4 * first, target, NATIVE, 4 * at, n);
            return;
        }
        switch (type) {
            case F32 -> {
                for (long i = 0; i < n; i++) {
                    target.set(NATIVE, 4 * (at + i), source.get(FLOAT, 4 * (first + i * stride)));
                }
            }
            case F16 -> {
                for (long i = 0; i < n; i++) {
                    target.set(NATIVE, 4 * (at + i), Float.float16ToFloat(source.get(SHORT, 2 * (first + i * stride))));
                }
            }
            case BF16 -> {
                for (long i = 0; i < n; i++) {
                    target.set(NATIVE, 4 * (at + i), Float.intBitsToFloat(source.get(SHORT, 2 * (first + i * stride)) << 16));
                }
            }
            case F64 -> {
                for (long i = 0; i < n; i++) {
                    target.set(NATIVE, 4 * (at + i), (float) source.get(DOUBLE, 8 * (first + i * stride)));
                }
            }
            default -> throw new IllegalArgumentException(type + " is no float type");
        }
    }

    /** The error of reading a tensor as what it is not. */
    static UserException wrongType(String file, TensorInfo info, String wanted) {
        return new UserException("'" + file + "' has a tensor '" + Brief.of(info.name()) + "' of type " + info.type() + " where " + wanted
                + " are needed; convert it first.");
    }
}
