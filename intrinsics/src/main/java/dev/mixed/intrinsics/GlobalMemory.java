// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Elements of native arrays, up to 16 bytes in one instruction; the index of the first is a multiple of their number. Loads are of arrays that other
 * threads of the launch may write; {@code read} is of arrays that the launch does not write, through the read-only cache.
 */
public final class GlobalMemory {
    private GlobalMemory() {
    }

    /** Eight halves as four words. */
    @CudaC("asm volatile(\"ld.global.v4.b32 {%0,%1,%2,%3}, [%4];\" : @{4|, |\"=r\"($0[($1)+#])} : \"l\"((const char *) $2 + $h + 2LL * ($3)) : \"memory\")")
    public static void load8(int[] to, int at, HalfFloatArray from, int index) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.global.v4", index, 2, 16);
        for (int i = 0; i < 4; i++) {
            to[at + i] = thread.loadPair(from, index + 2 * i);
        }
    }

    /** Four halves as two words. */
    @CudaC("asm volatile(\"ld.global.v2.b32 {%0,%1}, [%2];\" : @{2|, |\"=r\"($0[($1)+#])} : \"l\"((const char *) $2 + $h + 2LL * ($3)) : \"memory\")")
    public static void load4(int[] to, int at, HalfFloatArray from, int index) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.global.v2", index, 2, 8);
        for (int i = 0; i < 2; i++) {
            to[at + i] = thread.loadPair(from, index + 2 * i);
        }
    }

    /** Two halves as one word. */
    @CudaC("asm volatile(\"ld.global.b32 %0, [%1];\" : \"=r\"($r) : \"l\"((const char *) $0 + $h + 2LL * ($1)) : \"memory\")")
    public static int load2(HalfFloatArray from, int index) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.global.b32", index, 2, 4);
        return thread.loadPair(from, index);
    }

    /** Two halves of an array that the launch only reads, as one word. */
    @CudaC("asm(\"ld.global.nc.b32 %0, [%1];\" : \"=r\"($r) : \"l\"((const char *) $0 + $h + 2LL * ($1)))")
    public static int read2(HalfFloatArray from, int index) {
        return load2(from, index);
    }

    /** A half of an array that the launch only reads, as a float. */
    @CudaC("asm(\"{ .reg .b16 h; ld.global.nc.b16 h, [%1]; cvt.f32.f16 %0, h; }\" : \"=f\"($r) : \"l\"((const char *) $0 + $h + 2LL * ($1)))")
    public static float read(HalfFloatArray from, int index) {
        return Float.float16ToFloat(DeviceThread.current().loadHalf(from, index));
    }

    /** A float of an array that the launch only reads. */
    @CudaC("asm(\"ld.global.nc.f32 %0, [%1];\" : \"=f\"($r) : \"l\"((const char *) $0 + $h + 4LL * ($1)))")
    public static float read(FloatArray from, int index) {
        return DeviceThread.current().load(from, index);
    }

    /** An int of an array that the launch only reads. */
    @CudaC("asm(\"ld.global.nc.b32 %0, [%1];\" : \"=r\"($r) : \"l\"((const char *) $0 + $h + 4LL * ($1)))")
    public static int read(IntArray from, int index) {
        return DeviceThread.current().load(from, index);
    }

    /** A half as a float. */
    @CudaC("asm volatile(\"{ .reg .b16 h; ld.global.b16 h, [%1]; cvt.f32.f16 %0, h; }\" : \"=f\"($r) : \"l\"((const char *) $0 + $h + 2LL * ($1)) : \"memory\")")
    public static float load(HalfFloatArray from, int index) {
        return Float.float16ToFloat(DeviceThread.current().loadHalf(from, index));
    }

    /** A float. */
    @CudaC("asm volatile(\"ld.global.f32 %0, [%1];\" : \"=f\"($r) : \"l\"((const char *) $0 + $h + 4LL * ($1)) : \"memory\")")
    public static float load(FloatArray from, int index) {
        return DeviceThread.current().load(from, index);
    }

    /** Four floats. */
    @CudaC("asm volatile(\"ld.global.v4.f32 {%0,%1,%2,%3}, [%4];\" : @{4|, |\"=f\"($0[($1)+#])} : \"l\"((const char *) $2 + $h + 4LL * ($3)) : \"memory\")")
    public static void load4(float[] to, int at, FloatArray from, int index) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.global.v4", index, 4, 16);
        for (int i = 0; i < 4; i++) {
            to[at + i] = thread.load(from, index + i);
        }
    }

    /** Two floats. */
    @CudaC("asm volatile(\"ld.global.v2.f32 {%0,%1}, [%2];\" : @{2|, |\"=f\"($0[($1)+#])} : \"l\"((const char *) $2 + $h + 4LL * ($3)) : \"memory\")")
    public static void load2(float[] to, int at, FloatArray from, int index) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.global.v2", index, 4, 8);
        for (int i = 0; i < 2; i++) {
            to[at + i] = thread.load(from, index + i);
        }
    }

    /** Stores four words as eight halves. */
    @CudaC(value = "asm volatile(\"st.global.v4.b32 [%4], {%0,%1,%2,%3};\" :: @{4|, |\"r\"($2[($3)+#])}, \"l\"((char *) $0 + $h + 2LL * ($1)) : \"memory\")",
            writes = 0)
    public static void store8(HalfFloatArray to, int index, int[] from, int at) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.global.v4", index, 2, 16);
        for (int i = 0; i < 4; i++) {
            thread.storePair(to, index + 2 * i, from[at + i]);
        }
    }

    /** Stores two words as four halves. */
    @CudaC(value = "asm volatile(\"st.global.v2.b32 [%2], {%0,%1};\" :: @{2|, |\"r\"($2[($3)+#])}, \"l\"((char *) $0 + $h + 2LL * ($1)) : \"memory\")",
            writes = 0)
    public static void store4(HalfFloatArray to, int index, int[] from, int at) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.global.v2", index, 2, 8);
        for (int i = 0; i < 2; i++) {
            thread.storePair(to, index + 2 * i, from[at + i]);
        }
    }

    /** Stores a word as two halves. */
    @CudaC(value = "asm volatile(\"st.global.b32 [%1], %0;\" :: \"r\"($2), \"l\"((char *) $0 + $h + 2LL * ($1)) : \"memory\")", writes = 0)
    public static void store2(HalfFloatArray to, int index, int word) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.global.b32", index, 2, 4);
        thread.storePair(to, index, word);
    }

    /** Stores a float, rounded to the nearest half. */
    @CudaC(value = "asm volatile(\"{ .reg .b16 h; cvt.rn.f16.f32 h, %0; st.global.b16 [%1], h; }\" :: \"f\"($2), \"l\"((char *) $0 + $h + 2LL * ($1)) : \"memory\")",
            writes = 0)
    public static void store(HalfFloatArray to, int index, float value) {
        DeviceThread.current().storeHalf(to, index, Float.floatToFloat16(value));
    }

    /** Stores a float. */
    @CudaC(value = "asm volatile(\"st.global.f32 [%1], %0;\" :: \"f\"($2), \"l\"((char *) $0 + $h + 4LL * ($1)) : \"memory\")", writes = 0)
    public static void store(FloatArray to, int index, float value) {
        DeviceThread.current().store(to, index, value);
    }

    /** Stores two floats. */
    @CudaC(value = "asm volatile(\"st.global.v2.f32 [%2], {%0,%1};\" :: \"f\"($2), \"f\"($3), \"l\"((char *) $0 + $h + 4LL * ($1)) : \"memory\")", writes = 0)
    public static void store2(FloatArray to, int index, float first, float second) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.global.v2", index, 4, 8);
        thread.store(to, index, first);
        thread.store(to, index + 1, second);
    }

    /** Stores four floats. */
    @CudaC(value = "asm volatile(\"st.global.v4.f32 [%4], {%0,%1,%2,%3};\" :: @{4|, |\"f\"($2[($3)+#])}, \"l\"((char *) $0 + $h + 4LL * ($1)) : \"memory\")",
            writes = 0)
    public static void store4(FloatArray to, int index, float[] from, int at) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.global.v4", index, 4, 16);
        for (int i = 0; i < 4; i++) {
            thread.store(to, index + i, from[at + i]);
        }
    }

    /** Adds to a float, in no order; gives what was there before. */
    @CudaC(value = "$r = atomicAdd((float *) ((char *) $0 + $h) + ($1), $2)", writes = 0)
    public static float atomicAdd(FloatArray to, int index, float value) {
        return DeviceThread.current().atomicAdd(to, index, value);
    }

    /** Adds to an int; gives what was there before. */
    @CudaC(value = "$r = atomicAdd((int *) ((char *) $0 + $h) + ($1), $2)", writes = 0)
    public static int atomicAdd(IntArray to, int index, int value) {
        return DeviceThread.current().atomicAdd(to, index, value);
    }
}
