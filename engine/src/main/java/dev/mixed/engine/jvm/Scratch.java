// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

/** Float and half work space of one thread, reused from call to call so that kernels allocate nothing once warm. */
public final class Scratch {
    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);
    private static final int SLOTS = 12;

    private final float[][] floats = new float[SLOTS][0];
    private short[] halves = new short[0];

    private Scratch() {
    }

    public static Scratch get() {
        return OF_THREAD.get();
    }

    /** At least {@code size} floats with whatever the slot's last user left there. */
    public float[] floats(int slot, int size) {
        if (floats[slot].length < size) {
            floats[slot] = new float[grown(size)];
        }
        return floats[slot];
    }

    /** At least {@code size} shorts with whatever the last user left there. */
    short[] halves(int size) {
        if (halves.length < size) {
            halves = new short[grown(size)];
        }
        return halves;
    }

    /** Rounded up, so that slowly growing requests do not reallocate each time. */
    private static int grown(int size) {
        return Math.max(1024, Math.addExact(size, size >> 3));
    }
}
