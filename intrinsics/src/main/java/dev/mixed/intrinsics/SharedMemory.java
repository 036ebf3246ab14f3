// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/** Shared memory of a block, by address in bytes. */
public final class SharedMemory {
    private SharedMemory() {
    }

    /** The address, a multiple of 1024, of {@code bytes} bytes of a kernel that calls this once: a constant, at most 48 KiB. */
    @CudaC("__shared__ __align__(1024) unsigned char shared_bytes[$0];\n$r = (int) __cvta_generic_to_shared(shared_bytes)")
    public static int allocate(int bytes) {
        return DeviceThread.current().sharedMemory(bytes, false);
    }

    /** The address, a multiple of 1024, of the shared memory that the launch asks for ({@link KernelGrid#sharedBytes}). */
    @CudaC("extern __shared__ __align__(1024) unsigned char dynamic_bytes[];\n$r = (int) __cvta_generic_to_shared(dynamic_bytes)")
    public static int dynamic() {
        return DeviceThread.current().sharedMemory(0, true);
    }

    /** The word at a multiple of 4. */
    @CudaC("asm volatile(\"ld.shared.b32 %0, [%1];\" : \"=r\"($r) : \"r\"($0) : \"memory\")")
    public static int load(int address) {
        return DeviceThread.current().loadShared(address);
    }

    /** Replaces the word at a multiple of 4. */
    @CudaC("asm volatile(\"st.shared.b32 [%0], %1;\" :: \"r\"($0), \"r\"($1) : \"memory\")")
    public static void store(int address, int word) {
        DeviceThread.current().storeShared(address, word);
    }

    /** The float at a multiple of 4. */
    @CudaC("asm volatile(\"ld.shared.f32 %0, [%1];\" : \"=f\"($r) : \"r\"($0) : \"memory\")")
    public static float loadFloat(int address) {
        return Float.intBitsToFloat(DeviceThread.current().loadShared(address));
    }

    /** Replaces the float at a multiple of 4. */
    @CudaC("asm volatile(\"st.shared.f32 [%0], %1;\" :: \"r\"($0), \"f\"($1) : \"memory\")")
    public static void storeFloat(int address, float value) {
        DeviceThread.current().storeShared(address, Float.floatToRawIntBits(value));
    }

    /** Stores two floats at a multiple of 8. */
    @CudaC("asm volatile(\"st.shared.v2.f32 [%0], {%1,%2};\" :: \"r\"($0), \"f\"($1), \"f\"($2) : \"memory\")")
    public static void store2(int address, float first, float second) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.shared.v2", address, 1, 8);
        thread.storeShared(address, Float.floatToRawIntBits(first));
        thread.storeShared(address + 4, Float.floatToRawIntBits(second));
    }

    /** Four words from a multiple of 16. */
    @CudaC("asm volatile(\"ld.shared.v4.b32 {%0,%1,%2,%3}, [%4];\" : @{4|, |\"=r\"($0[($1)+#])} : \"r\"($2) : \"memory\")")
    public static void load4(int[] to, int at, int address) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.shared.v4", address, 1, 16);
        for (int i = 0; i < 4; i++) {
            to[at + i] = thread.loadShared(address + 4 * i);
        }
    }

    /** Four floats from a multiple of 16. */
    @CudaC("asm volatile(\"ld.shared.v4.f32 {%0,%1,%2,%3}, [%4];\" : @{4|, |\"=f\"($0[($1)+#])} : \"r\"($2) : \"memory\")")
    public static void load4(float[] to, int at, int address) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("ld.shared.v4", address, 1, 16);
        for (int i = 0; i < 4; i++) {
            to[at + i] = Float.intBitsToFloat(thread.loadShared(address + 4 * i));
        }
    }

    /** Stores four words at a multiple of 16. */
    @CudaC("asm volatile(\"st.shared.v4.b32 [%4], {%0,%1,%2,%3};\" :: @{4|, |\"r\"($1[($2)+#])}, \"r\"($0) : \"memory\")")
    public static void store4(int address, int[] from, int at) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.shared.v4", address, 1, 16);
        for (int i = 0; i < 4; i++) {
            thread.storeShared(address + 4 * i, from[at + i]);
        }
    }

    /** Stores four floats at a multiple of 16. */
    @CudaC("asm volatile(\"st.shared.v4.f32 [%4], {%0,%1,%2,%3};\" :: @{4|, |\"f\"($1[($2)+#])}, \"r\"($0) : \"memory\")")
    public static void store4(int address, float[] from, int at) {
        DeviceThread thread = DeviceThread.current();
        thread.requireAligned("st.shared.v4", address, 1, 16);
        for (int i = 0; i < 4; i++) {
            thread.storeShared(address + 4 * i, Float.floatToRawIntBits(from[at + i]));
        }
    }
}
