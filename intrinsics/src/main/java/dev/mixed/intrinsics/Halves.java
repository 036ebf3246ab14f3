// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/** Two halves in one word, the first in the low 16 bits. */
public final class Halves {
    private Halves() {
    }

    /** Two floats, each rounded to the nearest half. */
    @CudaC("\n#if __CUDA_ARCH__ >= 800\nasm(\"cvt.rn.f16x2.f32 %0, %2, %1;\" : \"=r\"($r) : \"f\"($0), \"f\"($1));\n#else\n"
            + "asm(\"{ .reg .b16 l, h; cvt.rn.f16.f32 l, %1; cvt.rn.f16.f32 h, %2; mov.b32 %0, {l, h}; }\" : \"=r\"($r) : \"f\"($0), \"f\"($1));\n#endif\n")
    public static int pack(float low, float high) {
        return Float.floatToFloat16(low) & 0xFFFF | Float.floatToFloat16(high) << 16;
    }

    /** The first half. */
    @CudaC("asm(\"{ .reg .b16 l, h; mov.b32 {l, h}, %1; cvt.f32.f16 %0, l; }\" : \"=f\"($r) : \"r\"($0))")
    public static float low(int word) {
        return Float.float16ToFloat((short) word);
    }

    /** The second half. */
    @CudaC("asm(\"{ .reg .b16 l, h; mov.b32 {l, h}, %1; cvt.f32.f16 %0, h; }\" : \"=f\"($r) : \"r\"($0))")
    public static float high(int word) {
        return Float.float16ToFloat((short) (word >> 16));
    }

    /** Two floats, each rounded to the nearest bf16. */
    @CudaC(value = "asm(\"cvt.rn.bf16x2.f32 %0, %2, %1;\" : \"=r\"($r) : \"f\"($0), \"f\"($1))", needs = Capability.SM_80)
    public static int packBf16(float low, float high) {
        return bf16(low) | bf16(high) << 16;
    }

    private static int bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? 0x7FFF : bits + 0x7FFF + (bits >>> 16 & 1) >>> 16;
    }
}
