// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/**
 * Arrays in registers, which instructions read and update in place. Index them with what is a constant after loops with constant bounds are unrolled,
 * and through these methods only: the compiler does not see that {@code a[i]} and an intrinsic mean the same element.
 */
public final class Registers {
    private Registers() {
    }

    /** Floats, 0 at first. */
    @CudaC("float $r[$0] = {}")
    public static float[] floats(int length) {
        return new float[length];
    }

    /** Words of 32 bits, 0 at first. */
    @CudaC("unsigned $r[$0] = {}")
    public static int[] words(int length) {
        return new int[length];
    }

    /** Element {@code index}. */
    @CudaC("$r = $0[$1]")
    public static float get(float[] array, int index) {
        return array[index];
    }

    /** Element {@code index}. */
    @CudaC("$r = (int) $0[$1]")
    public static int get(int[] array, int index) {
        return array[index];
    }

    /** Replaces element {@code index}. */
    @CudaC("$0[$1] = $2")
    public static void set(float[] array, int index, float value) {
        array[index] = value;
    }

    /** Replaces element {@code index}. */
    @CudaC("$0[$1] = (unsigned) $2")
    public static void set(int[] array, int index, int value) {
        array[index] = value;
    }

    /**
     * sums[at + i] += factor[f] row[r + i step], rounded once, for i below {@code count}; at, f, r, step and count are constants.
     */
    @CudaC("@{$7|; |$0[($1)+#] = __fmaf_rn($2[$3], $4[($5)+#*($6)], $0[($1)+#])}")
    public static void addScaled(float[] sums, int at, float[] factor, int f, float[] row, int r, int step, int count) {
        for (int i = 0; i < count; i++) {
            sums[at + i] = Math.fma(factor[f], row[r + i * step], sums[at + i]);
        }
    }

    /** Keeps the compiler from moving accesses to the first {@code length} elements across this place, as wgmma needs it before its results are read. */
    @CudaC("asm volatile(\"\" : @{$1|, |\"+f\"($0[#])} :: \"memory\")")
    public static void hold(float[] array, int length) {
        // On the JVM nothing moves.
    }

    /** The same number, which the compiler does not know: a loop up to it stays a loop. */
    @CudaC("$r = $0")
    public static int opaque(int value) {
        return value;
    }
}
