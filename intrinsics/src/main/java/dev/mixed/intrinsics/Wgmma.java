// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/**
 * wgmma: products that the four warps of a warpgroup start together and that run on while its threads go on. a [64, 16] and b [16, n] are halves in
 * shared memory, each behind a {@link #descriptor}, in rows of 128 bytes that a tensor map swizzled: along k (transpose 0), or along m or n (transpose
 * 1). Thread t's part of the sums: for j from 0 to n / 8 - 1, floats 4 j and 4 j + 1 of row 16 (t / 32) + t % 32 / 4, columns 8 j + 2 (t % 4) and the
 * next, and floats 4 j + 2 and 4 j + 3 of the row 8 below. The sums may be read after {@link #await} and {@link Registers#hold}.
 */
public final class Wgmma {
    private Wgmma() {
    }

    /**
     * The descriptor of a matrix at an address, in rows of 128 bytes, swizzled. {@code leading} and {@code stride} are in units of 16 bytes: with rows
     * along k, {@code leading} is 1 and {@code stride} is from one group of 8 rows to the next; with rows along m or n, {@code leading} is from one
     * group of 64 of these to the next, {@code stride} from one group of 8 along k to the next. Adding 1 moves it 16 bytes on.
     */
    @CudaC("$r = (long long) ((unsigned long long) (($0 & 0x3FFFF) >> 4) | (unsigned long long) $1 << 16 | (unsigned long long) $2 << 32 | 1ULL << 62)")
    public static long descriptor(int address, int leading, int stride) {
        return (address & 0x3FFFF) >> 4 | (long) leading << 16 | (long) stride << 32 | 1L << 62;
    }

    /** Orders earlier accesses to the sums' registers before the products that follow. */
    @CudaC(value = "asm volatile(\"wgmma.fence.sync.aligned;\" ::: \"memory\")", needs = Capability.SM_90A)
    public static void fence() {
        DeviceThread.current().wgmmaFence();
    }

    /** Closes the group of products since the last call. */
    @CudaC(value = "asm volatile(\"wgmma.commit_group.sync.aligned;\" ::: \"memory\")", needs = Capability.SM_90A)
    public static void commit() {
        DeviceThread.current().wgmmaCommit();
    }

    /** Waits until at most {@code groups}, a constant, of the groups have not finished. */
    @CudaC(value = "asm volatile(\"wgmma.wait_group.sync.aligned %0;\" :: \"n\"($0) : \"memory\")", needs = Capability.SM_90A)
    public static void await(int groups) {
        DeviceThread.current().wgmmaAwait(groups);
    }

    /** sums [64, 64] = a b, plus what they were where {@code accumulate} is not 0; 32 floats a thread. */
    @CudaC(value = "asm volatile(\"{ .reg .pred p; setp.ne.b32 p, %34, 0; wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {@{32|,|%#}}, %32, %33, p, 1, 1, %35, %36; }\""
            + " : @{32|, |\"+f\"($0[#])} : \"l\"($1), \"l\"($2), \"r\"($3), \"n\"($4), \"n\"($5))", needs = Capability.SM_90A)
    public static void f16n64(float[] sums, long a, long b, int accumulate, int transposeA, int transposeB) {
        DeviceThread.current().wgmma(sums, 64, a, b, accumulate != 0, transposeA != 0, transposeB != 0);
    }

    /** sums [64, 128] = a b, plus what they were where {@code accumulate} is not 0; 64 floats a thread. */
    @CudaC(value = "asm volatile(\"{ .reg .pred p; setp.ne.b32 p, %66, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {@{64|,|%#}}, %64, %65, p, 1, 1, %67, %68; }\""
            + " : @{64|, |\"+f\"($0[#])} : \"l\"($1), \"l\"($2), \"r\"($3), \"n\"($4), \"n\"($5))", needs = Capability.SM_90A)
    public static void f16n128(float[] sums, long a, long b, int accumulate, int transposeA, int transposeB) {
        DeviceThread.current().wgmma(sums, 128, a, b, accumulate != 0, transposeA != 0, transposeB != 0);
    }

    /** sums [64, 192] = a b, plus what they were where {@code accumulate} is not 0; 96 floats a thread. */
    @CudaC(value = "asm volatile(\"{ .reg .pred p; setp.ne.b32 p, %98, 0; wgmma.mma_async.sync.aligned.m64n192k16.f32.f16.f16 {@{96|,|%#}}, %96, %97, p, 1, 1, %99, %100; }\""
            + " : @{96|, |\"+f\"($0[#])} : \"l\"($1), \"l\"($2), \"r\"($3), \"n\"($4), \"n\"($5))", needs = Capability.SM_90A)
    public static void f16n192(float[] sums, long a, long b, int accumulate, int transposeA, int transposeB) {
        DeviceThread.current().wgmma(sums, 192, a, b, accumulate != 0, transposeA != 0, transposeB != 0);
    }

    /** sums [64, 256] = a b, plus what they were where {@code accumulate} is not 0; 128 floats a thread. */
    @CudaC(value = "asm volatile(\"{ .reg .pred p; setp.ne.b32 p, %130, 0; wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {@{128|,|%#}}, %128, %129, p, 1, 1, %131, %132; }\""
            + " : @{128|, |\"+f\"($0[#])} : \"l\"($1), \"l\"($2), \"r\"($3), \"n\"($4), \"n\"($5))", needs = Capability.SM_90A)
    public static void f16n256(float[] sums, long a, long b, int accumulate, int transposeA, int transposeB) {
        DeviceThread.current().wgmma(sums, 256, a, b, accumulate != 0, transposeA != 0, transposeB != 0);
    }

    /** The same with a in registers: four words a thread, in the fragment of {@link Mma#f16} for each warp's 16 rows. */
    @CudaC(value = "asm volatile(\"{ .reg .pred p; setp.ne.b32 p, %37, 0; wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {@{32|,|%#}}, {%32,%33,%34,%35}, %36, p, 1, 1, %38; }\""
            + " : @{32|, |\"+f\"($0[#])} : @{4|, |\"r\"($1[($2)+#])}, \"l\"($3), \"r\"($4), \"n\"($5))", needs = Capability.SM_90A)
    public static void f16n64(float[] sums, int[] a, int aAt, long b, int accumulate, int transposeB) {
        DeviceThread.current().wgmma(sums, 64, a, aAt, b, accumulate != 0, transposeB != 0);
    }

    /** The same with a in registers: four words a thread, in the fragment of {@link Mma#f16} for each warp's 16 rows. */
    @CudaC(value = "asm volatile(\"{ .reg .pred p; setp.ne.b32 p, %69, 0; wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {@{64|,|%#}}, {%64,%65,%66,%67}, %68, p, 1, 1, %70; }\""
            + " : @{64|, |\"+f\"($0[#])} : @{4|, |\"r\"($1[($2)+#])}, \"l\"($3), \"r\"($4), \"n\"($5))", needs = Capability.SM_90A)
    public static void f16n128(float[] sums, int[] a, int aAt, long b, int accumulate, int transposeB) {
        DeviceThread.current().wgmma(sums, 128, a, aAt, b, accumulate != 0, transposeB != 0);
    }
}
