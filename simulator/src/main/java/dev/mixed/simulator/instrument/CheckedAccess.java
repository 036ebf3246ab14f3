// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator.instrument;

import java.lang.reflect.Array;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.vectors.Half2;

/** The methods that replace array accesses in an instrumented kernel: each tells the running thread's observer, and then does the same access. */
public final class CheckedAccess {
    private static final ThreadLocal<AccessObserver> OBSERVER = new ThreadLocal<>();

    private CheckedAccess() {
    }

    /** Sets who is told of the accesses that this Java thread does from here on. */
    public static void setObserver(AccessObserver observer) {
        OBSERVER.set(observer);
    }

    private static AccessObserver observer() {
        return OBSERVER.get();
    }

    public static float get(FloatArray array, int index) {
        observer().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(FloatArray array, int index, float value) {
        int size = array.getSize();
        write(array, index, size, inside(index, size) && Float.floatToRawIntBits(array.get(index)) == Float.floatToRawIntBits(value));
        array.set(index, value);
    }

    public static HalfFloat get(HalfFloatArray array, int index) {
        observer().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(HalfFloatArray array, int index, HalfFloat value) {
        int size = array.getSize();
        write(array, index, size, inside(index, size) && array.get(index).getHalfFloatValue() == value.getHalfFloatValue());
        array.set(index, value);
    }

    public static int get(IntArray array, int index) {
        observer().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(IntArray array, int index, int value) {
        int size = array.getSize();
        write(array, index, size, inside(index, size) && array.get(index) == value);
        array.set(index, value);
    }

    public static long get(LongArray array, int index) {
        observer().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(LongArray array, int index, long value) {
        int size = array.getSize();
        write(array, index, size, inside(index, size) && array.get(index) == value);
        array.set(index, value);
    }

    public static double get(DoubleArray array, int index) {
        observer().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(DoubleArray array, int index, double value) {
        int size = array.getSize();
        write(array, index, size, inside(index, size) && Double.doubleToRawLongBits(array.get(index)) == Double.doubleToRawLongBits(value));
        array.set(index, value);
    }

    public static byte get(ByteArray array, int index) {
        observer().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(ByteArray array, int index, byte value) {
        int size = array.getSize();
        write(array, index, size, inside(index, size) && array.get(index) == value);
        array.set(index, value);
    }

    public static Half2 getHalf2(HalfFloatArray array, int index) {
        observer().pair(index, "getHalf2");
        return new Half2(get(array, index), get(array, index + 1));
    }

    public static void setHalf2(HalfFloatArray array, int index, Half2 value) {
        observer().pair(index, "setHalf2");
        set(array, index, value.getX());
        set(array, index + 1, value.getY());
    }

    /** Called before a load from a Java array, which stays as it is. */
    public static void read(Object array, int index) {
        // A null array's own exception is the better message.
        if (array != null) {
            observer().read(array, index, Array.getLength(array));
        }
    }

    /** A store into an int, short, char, byte or boolean array. */
    public static void store(Object array, int index, int value) {
        switch (array) {
            case int[] a -> {
                write(a, index, a.length, inside(index, a.length) && a[index] == value);
                a[index] = value;
            }
            case byte[] a -> {
                write(a, index, a.length, inside(index, a.length) && a[index] == (byte) value);
                a[index] = (byte) value;
            }
            case short[] a -> {
                write(a, index, a.length, inside(index, a.length) && a[index] == (short) value);
                a[index] = (short) value;
            }
            case char[] a -> {
                write(a, index, a.length, inside(index, a.length) && a[index] == (char) value);
                a[index] = (char) value;
            }
            default -> {
                boolean[] a = (boolean[]) array;
                boolean bit = (value & 1) != 0;
                write(a, index, a.length, inside(index, a.length) && a[index] == bit);
                a[index] = bit;
            }
        }
    }

    public static void store(Object array, int index, float value) {
        float[] a = (float[]) array;
        write(a, index, a.length, inside(index, a.length) && Float.floatToRawIntBits(a[index]) == Float.floatToRawIntBits(value));
        a[index] = value;
    }

    public static void store(Object array, int index, long value) {
        long[] a = (long[]) array;
        write(a, index, a.length, inside(index, a.length) && a[index] == value);
        a[index] = value;
    }

    public static void store(Object array, int index, double value) {
        double[] a = (double[]) array;
        write(a, index, a.length, inside(index, a.length) && Double.doubleToRawLongBits(a[index]) == Double.doubleToRawLongBits(value));
        a[index] = value;
    }

    /** A store into an array of halves or of other objects. */
    @SuppressWarnings("ReferenceEquality") // equal objects other than halves are not the same value to a race
    public static void store(Object array, int index, Object value) {
        Object[] a = (Object[]) array;
        boolean same = inside(index, a.length) && (a[index] == value || a[index] instanceof HalfFloat old && value instanceof HalfFloat half
                && old.getHalfFloatValue() == half.getHalfFloatValue());
        write(a, index, a.length, same);
        a[index] = value;
    }

    /** An element of an array in registers. */
    public static float getRegister(float[] array, int index) {
        observer().readRegister(array);
        return array[index];
    }

    /** An element of an array in registers. */
    public static int getRegister(int[] array, int index) {
        observer().readRegister(array);
        return array[index];
    }

    /** Replaces an element of an array in registers. */
    public static void setRegister(float[] array, int index, float value) {
        observer().writeRegister(array);
        array[index] = value;
    }

    /** Replaces an element of an array in registers. */
    public static void setRegister(int[] array, int index, int value) {
        observer().writeRegister(array);
        array[index] = value;
    }

    /** Called before each operation of the kernel's context. */
    public static void atLine(int line) {
        observer().atLine(line);
    }

    /** Called before each of the intrinsics whose results may come later. */
    public static void atLastingLine(int line) {
        observer().atLastingLine(line);
    }

    private static boolean inside(int index, int size) {
        return index >= 0 && index < size;
    }

    private static void write(Object array, int index, int size, boolean same) {
        observer().write(array, index, size, same);
    }
}
