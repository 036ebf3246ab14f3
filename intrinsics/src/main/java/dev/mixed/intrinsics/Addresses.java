// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Arrays by their address. A kernel may leave it in a table for another one, and so work on more arrays than it has arguments, or choose one of several
 * arrays. An address holds as long as its array has memory on the device.
 */
public final class Addresses {
    private Addresses() {
    }

    /** The address of an array that the launch writes, for what stores by it. */
    @CudaC(value = "$r = (long long) ((char *) $0 + $h)", writes = 0)
    public static long of(FloatArray array) {
        return DeviceThread.current().address(array);
    }

    /** The address of an array that the launch only reads. */
    @CudaC("$r = (long long) ((const char *) $0 + $h)")
    public static long reading(FloatArray array) {
        return DeviceThread.current().address(array);
    }

    /** {@link #reading(FloatArray)} of halves. */
    @CudaC("$r = (long long) ((const char *) $0 + $h)")
    public static long reading(HalfFloatArray array) {
        return DeviceThread.current().address(array);
    }

    /** Leaves the address of an array as entry {@code entry}, two ints, of a table. */
    @CudaC(value = "*(long long *) ((char *) $0 + $h + 8LL * ($1)) = (long long) ((char *) $2 + $h)", writes = {0, 2})
    public static void keep(IntArray table, int entry, FloatArray array) {
        store(table, entry, DeviceThread.current().address(array));
    }

    /** {@link #keep(IntArray, int, FloatArray)} of halves. */
    @CudaC(value = "*(long long *) ((char *) $0 + $h + 8LL * ($1)) = (long long) ((char *) $2 + $h)", writes = {0, 2})
    public static void keep(IntArray table, int entry, HalfFloatArray array) {
        store(table, entry, DeviceThread.current().address(array));
    }

    /** {@link #keep(IntArray, int, FloatArray)} of ints, which no kernel reads by their address. */
    @CudaC(value = "*(long long *) ((char *) $0 + $h + 8LL * ($1)) = (long long) ((char *) $2 + $h)", writes = {0, 2})
    public static void keep(IntArray table, int entry, IntArray array) {
        store(table, entry, DeviceThread.current().address(array));
    }

    private static void store(IntArray table, int entry, long address) {
        DeviceThread thread = DeviceThread.current();
        thread.store(table, 2 * entry, (int) address);
        thread.store(table, 2 * entry + 1, (int) (address >>> 32));
    }

    /** Entry {@code entry} of a table that the launch only reads. */
    @CudaC("asm(\"ld.global.nc.b64 %0, [%1];\" : \"=l\"($r) : \"l\"((const char *) $0 + $h + 8LL * ($1)))")
    public static long at(IntArray table, int entry) {
        DeviceThread thread = DeviceThread.current();
        return thread.load(table, 2 * entry) & 0xFFFFFFFFL | (long) thread.load(table, 2 * entry + 1) << 32;
    }

    /** Two halves, from a multiple of 2 on, of an array of halves at an address, which the launch only reads, as one word. */
    @CudaC("asm(\"ld.global.nc.b32 %0, [%1];\" : \"=r\"($r) : \"l\"((const char *) $0 + 2LL * ($1)))")
    public static int read2(long address, int index) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.global.b32", index, 2, 4);
        return thread.loadPair(thread.halves(address), index);
    }

    /** A float of the array at an address. */
    @CudaC("asm volatile(\"ld.global.f32 %0, [%1];\" : \"=f\"($r) : \"l\"((const char *) $0 + 4LL * ($1)) : \"memory\")")
    public static float load(long address, int index) {
        DeviceThread thread = DeviceThread.current();
        return thread.load(thread.floats(address), index);
    }

    /** Four floats, from a multiple of 4 on, of the array at an address. */
    @CudaC("asm volatile(\"ld.global.v4.f32 {%0,%1,%2,%3}, [%4];\" : @{4|, |\"=f\"($0[($1)+#])} : \"l\"((const char *) $2 + 4LL * ($3)) : \"memory\")")
    public static void load4(float[] to, int at, long address, int index) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.global.v4", index, 4, 16);
        FloatArray array = thread.floats(address);
        for (int i = 0; i < 4; i++) {
            to[at + i] = thread.load(array, index + i);
        }
    }

    /** Stores a float in the array at an address. */
    @CudaC("asm volatile(\"st.global.f32 [%1], %0;\" :: \"f\"($2), \"l\"((char *) $0 + 4LL * ($1)) : \"memory\")")
    public static void store(long address, int index, float value) {
        DeviceThread thread = DeviceThread.current();
        thread.store(thread.floats(address), index, value);
    }

    /** Stores two floats, from a multiple of 2 on, in the array at an address. */
    @CudaC("asm volatile(\"st.global.v2.f32 [%2], {%0,%1};\" :: \"f\"($2), \"f\"($3), \"l\"((char *) $0 + 4LL * ($1)) : \"memory\")")
    public static void store2(long address, int index, float first, float second) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.global.v2", index, 4, 8);
        FloatArray array = thread.floats(address);
        thread.store(array, index, first);
        thread.store(array, index + 1, second);
    }

    /** Stores four floats, from a multiple of 4 on, in the array at an address. */
    @CudaC("asm volatile(\"st.global.v4.f32 [%4], {%0,%1,%2,%3};\" :: @{4|, |\"f\"($2[($3)+#])}, \"l\"((char *) $0 + 4LL * ($1)) : \"memory\")")
    public static void store4(long address, int index, float[] from, int at) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.global.v4", index, 4, 16);
        FloatArray array = thread.floats(address);
        for (int i = 0; i < 4; i++) {
            thread.store(array, index + i, from[at + i]);
        }
    }

    /** Stores two words as four halves, from a multiple of 4 on, in the array of halves at an address. */
    @CudaC("asm volatile(\"st.global.v2.b32 [%2], {%0,%1};\" :: \"r\"($2), \"r\"($3), \"l\"((char *) $0 + 2LL * ($1)) : \"memory\")")
    public static void storeHalves4(long address, int index, int first, int second) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.global.v2", index, 2, 8);
        HalfFloatArray array = thread.halves(address);
        thread.storePair(array, index, first);
        thread.storePair(array, index + 2, second);
    }

    /** Stores a float, rounded to the nearest half, in the array of halves at an address. */
    @CudaC("asm volatile(\"{ .reg .b16 h; cvt.rn.f16.f32 h, %0; st.global.b16 [%1], h; }\" :: \"f\"($2), \"l\"((char *) $0 + 2LL * ($1)) : \"memory\")")
    public static void storeHalf(long address, int index, float value) {
        DeviceThread thread = DeviceThread.current();
        thread.storeHalf(thread.halves(address), index, Float.floatToFloat16(value));
    }
}
