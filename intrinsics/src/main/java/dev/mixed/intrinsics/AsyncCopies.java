// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** cp.async: copies of 16 bytes from a native array to shared memory that run on while the thread goes on. Both places are multiples of 16 bytes. */
public final class AsyncCopies {
    private AsyncCopies() {
    }

    /** Eight halves from element {@code index} on. */
    @CudaC(value = "asm volatile(\"cp.async.cg.shared.global [%0], [%1], 16;\" :: \"r\"($0), \"l\"((const char *) $1 + $h + 2LL * ($2)) : \"memory\")",
            needs = Capability.SM_80)
    public static void copy8(int to, HalfFloatArray from, int index) {
        DeviceThread.current().copyAsync(to, from, index, 16, 16);
    }

    /** Eight halves, of which those beyond the first {@code bytes} bytes, 0 to 16, are not read but zeros. */
    @CudaC(value = "asm volatile(\"cp.async.cg.shared.global [%0], [%1], 16, %2;\" :: \"r\"($0), \"l\"((const char *) $1 + $h + 2LL * ($2)), \"r\"($3) : \"memory\")",
            needs = Capability.SM_80)
    public static void copy8(int to, HalfFloatArray from, int index, int bytes) {
        DeviceThread.current().copyAsync(to, from, index, 16, bytes);
    }

    /** Four floats from element {@code index} on. */
    @CudaC(value = "asm volatile(\"cp.async.cg.shared.global [%0], [%1], 16;\" :: \"r\"($0), \"l\"((const char *) $1 + $h + 4LL * ($2)) : \"memory\")",
            needs = Capability.SM_80)
    public static void copy4(int to, FloatArray from, int index) {
        DeviceThread.current().copyAsync(to, from, index, 16, 16);
    }

    /** Four floats, of which those beyond the first {@code bytes} bytes, 0 to 16, are not read but zeros. */
    @CudaC(value = "asm volatile(\"cp.async.cg.shared.global [%0], [%1], 16, %2;\" :: \"r\"($0), \"l\"((const char *) $1 + $h + 4LL * ($2)), \"r\"($3) : \"memory\")",
            needs = Capability.SM_80)
    public static void copy4(int to, FloatArray from, int index, int bytes) {
        DeviceThread.current().copyAsync(to, from, index, 16, bytes);
    }

    /** One float, of which nothing is read and 0 stored where {@code bytes} is 0 and not 4. Both places are multiples of 4 bytes. */
    @CudaC(value = "asm volatile(\"cp.async.ca.shared.global [%0], [%1], 4, %2;\" :: \"r\"($0), \"l\"((const char *) $1 + $h + 4LL * ($2)), \"r\"($3) : \"memory\")",
            needs = Capability.SM_80)
    public static void copy1(int to, FloatArray from, int index, int bytes) {
        DeviceThread.current().copyAsync(to, from, index, 4, bytes);
    }

    /** Closes the group of this thread's copies since the last call. */
    @CudaC(value = "asm volatile(\"cp.async.commit_group;\" ::: \"memory\")", needs = Capability.SM_80)
    public static void commit() {
        DeviceThread.current().commitCopies();
    }

    /** Waits until at most {@code groups}, a constant, of this thread's groups have not arrived. Other threads see them after a barrier. */
    @CudaC(value = "asm volatile(\"cp.async.wait_group %0;\" :: \"n\"($0) : \"memory\")", needs = Capability.SM_80)
    public static void await(int groups) {
        DeviceThread.current().awaitCopies(groups);
    }
}
