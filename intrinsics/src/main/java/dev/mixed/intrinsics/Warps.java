// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/** Exchange among the 32 lanes of a warp; all of them take part. */
public final class Warps {
    private Warps() {
    }

    /** A barrier of the warp's lanes (__syncwarp), which orders their accesses to memory. */
    @CudaC("__syncwarp()")
    public static void barrier() {
        DeviceThread.current().warpBarrier();
    }

    /** The value of the lane whose number differs in these bits. */
    @CudaC("$r = __shfl_xor_sync(0xffffffffu, $0, $1)")
    public static float shuffleXor(float value, int mask) {
        return Float.intBitsToFloat(DeviceThread.current().shuffleXor(Float.floatToRawIntBits(value), mask));
    }

    /** The value of the lane whose number differs in these bits. */
    @CudaC("$r = __shfl_xor_sync(0xffffffffu, $0, $1)")
    public static int shuffleXor(int value, int mask) {
        return DeviceThread.current().shuffleXor(value, mask);
    }

    /** The value of that lane. */
    @CudaC("$r = __shfl_sync(0xffffffffu, $0, $1)")
    public static float shuffle(float value, int lane) {
        return Float.intBitsToFloat(DeviceThread.current().shuffle(Float.floatToRawIntBits(value), lane));
    }

    /** The value of that lane. */
    @CudaC("$r = __shfl_sync(0xffffffffu, $0, $1)")
    public static int shuffle(int value, int lane) {
        return DeviceThread.current().shuffle(value, lane);
    }
}
