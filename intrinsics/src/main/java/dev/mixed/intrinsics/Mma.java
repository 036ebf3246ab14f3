// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/**
 * mma.sync: c [16, 8] += a [16, depth] b [depth, 8], sums in float; all lanes of the warp take part. Each lane holds, at the given places of its arrays,
 * c of rows lane / 4 and lane / 4 + 8, two neighbouring columns from 2 (lane % 4) on; a and b as PTX's manual lays them out (for halves, what
 * {@link Matrices#load} gives).
 */
public final class Mma {
    private Mma() {
    }

    /** Halves, depth 16: four words of a, two of b. */
    @CudaC(value = "asm(\"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\""
            + " : @{4|, |\"+f\"($0[($1)+#])} : @{4|, |\"r\"($2[($3)+#])}, @{2|, |\"r\"($4[($5)+#])})", needs = Capability.SM_80)
    public static void f16(float[] c, int cAt, int[] a, int aAt, int[] b, int bAt) {
        DeviceThread.current().mma(DeviceThread.Operands.F16, 16, c, cAt, a, aAt, b, bAt);
    }

    /** Halves, depth 8: two words of a, one of b. */
    @CudaC("asm(\"mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};\""
            + " : @{4|, |\"+f\"($0[($1)+#])} : @{2|, |\"r\"($2[($3)+#])}, \"r\"($4[$5]))")
    public static void f16k8(float[] c, int cAt, int[] a, int aAt, int[] b, int bAt) {
        DeviceThread.current().mma(DeviceThread.Operands.F16, 8, c, cAt, a, aAt, b, bAt);
    }

    /** Numbers of type bf16, depth 16: four words of a, two of b. */
    @CudaC(value = "asm(\"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\""
            + " : @{4|, |\"+f\"($0[($1)+#])} : @{4|, |\"r\"($2[($3)+#])}, @{2|, |\"r\"($4[($5)+#])})", needs = Capability.SM_80)
    public static void bf16(float[] c, int cAt, int[] a, int aAt, int[] b, int bAt) {
        DeviceThread.current().mma(DeviceThread.Operands.BF16, 16, c, cAt, a, aAt, b, bAt);
    }

    /**
     * Floats of which the upper 19 bits count (tf32), depth 8: four words of a (rows lane / 4 and + 8; columns lane % 4, then + 4), two of b (rows
     * lane % 4 and + 4, column lane / 4).
     */
    @CudaC(value = "asm(\"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};\""
            + " : @{4|, |\"+f\"($0[($1)+#])} : @{4|, |\"r\"($2[($3)+#])}, @{2|, |\"r\"($4[($5)+#])})", needs = Capability.SM_80)
    public static void tf32(float[] c, int cAt, int[] a, int aAt, int[] b, int bAt) {
        DeviceThread.current().mma(DeviceThread.Operands.TF32, 8, c, cAt, a, aAt, b, bAt);
    }

    /** A float rounded to the nearest tf32, ties away from zero, as a word. */
    @CudaC(value = "asm(\"cvt.rna.tf32.f32 %0, %1;\" : \"=r\"($r) : \"f\"($0))", needs = Capability.SM_80)
    public static int toTf32(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isFinite(value) ? bits + 0x1000 & ~0x1FFF : bits & ~0x1FFF;
    }
}
