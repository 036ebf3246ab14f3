// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/** Blocks of threads and their barriers. */
public final class Blocks {
    private Blocks() {
    }

    /** Blocks of the grid along x. */
    @CudaC("$r = (int) gridDim.x")
    public static int gridX() {
        return DeviceThread.current().gridX();
    }

    /** A barrier of all threads of the block (__syncthreads). */
    @CudaC("__syncthreads()")
    public static void barrier() {
        DeviceThread.current().barrier();
    }

    /** A barrier of {@code threads}, a multiple of 32, of the block's threads (bar.sync), with a number from 1 to 15. */
    @CudaC("asm volatile(\"bar.sync %0, %1;\" :: \"r\"($0), \"n\"($1) : \"memory\")")
    public static void barrier(int number, int threads) {
        DeviceThread.current().barrier(number, threads);
    }

    /** Gives the warpgroup so many registers a thread, a multiple of 8; all its threads call it. */
    @CudaC(value = "asm volatile(\"setmaxnreg.inc.sync.aligned.u32 %0;\" :: \"n\"($0))", needs = Capability.SM_90A)
    public static void moreRegisters(int registers) {
        DeviceThread.current().setRegisters(registers, true);
    }

    /** Leaves the warpgroup so many registers a thread, a multiple of 8; all its threads call it. */
    @CudaC(value = "asm volatile(\"setmaxnreg.dec.sync.aligned.u32 %0;\" :: \"n\"($0))", needs = Capability.SM_90A)
    public static void fewerRegisters(int registers) {
        DeviceThread.current().setRegisters(registers, false);
    }
}
