package dev.mixed.tornado;

import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What a kernel's array accesses are replaced with: the same access, checked for the thread that runs. */
public final class Checked {
    private Checked() {
    }

    public static float get(FloatArray array, int index) {
        SimulatedThread.current().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(FloatArray array, int index, float value) {
        int size = array.getSize();
        boolean same = index >= 0 && index < size && Float.floatToRawIntBits(array.get(index)) == Float.floatToRawIntBits(value);
        SimulatedThread.current().write(array, index, size, same);
        array.set(index, value);
    }

    public static HalfFloat get(HalfFloatArray array, int index) {
        SimulatedThread.current().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(HalfFloatArray array, int index, HalfFloat value) {
        int size = array.getSize();
        boolean same = index >= 0 && index < size && array.get(index).getHalfFloatValue() == value.getHalfFloatValue();
        SimulatedThread.current().write(array, index, size, same);
        array.set(index, value);
    }

    public static int get(IntArray array, int index) {
        SimulatedThread.current().read(array, index, array.getSize());
        return array.get(index);
    }

    public static void set(IntArray array, int index, int value) {
        int size = array.getSize();
        boolean same = index >= 0 && index < size && array.get(index) == value;
        SimulatedThread.current().write(array, index, size, same);
        array.set(index, value);
    }
}
