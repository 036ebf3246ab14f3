// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/** Functions of the GPU's special function units, and bits. */
public final class FastMath {
    private FastMath() {
    }

    /** 2 to the power of x, with a relative error of 2^-22; results below the normal floats are 0. */
    @CudaC("asm(\"ex2.approx.ftz.f32 %0, %1;\" : \"=f\"($r) : \"f\"($0))")
    public static float exp2(float x) {
        float y = (float) Math.pow(2, x);
        return y < Float.MIN_NORMAL ? 0 : y;
    }

    /** The logarithm of x to base 2, with an error of 2^-22 near 1, a relative one of 2^-22 elsewhere. */
    @CudaC("asm(\"lg2.approx.ftz.f32 %0, %1;\" : \"=f\"($r) : \"f\"($0))")
    public static float log2(float x) {
        return (float) (Math.log(x < Float.MIN_NORMAL && x >= 0 ? 0 : x) / Math.log(2));
    }

    /** 1 / x, with a relative error of 2^-23. */
    @CudaC("asm(\"rcp.approx.ftz.f32 %0, %1;\" : \"=f\"($r) : \"f\"($0))")
    public static float reciprocal(float x) {
        return 1 / x;
    }

    /** 1 / sqrt(x), with a relative error of 2^-22.9. */
    @CudaC("asm(\"rsqrt.approx.ftz.f32 %0, %1;\" : \"=f\"($r) : \"f\"($0))")
    public static float rsqrt(float x) {
        return (float) (1 / Math.sqrt(x));
    }

    /** a b + c, rounded once. */
    @CudaC("$r = __fmaf_rn($0, $1, $2)")
    public static float fma(float a, float b, float c) {
        return Math.fma(a, b, c);
    }

    /** The larger one; the other one if one is NaN. */
    @CudaC("$r = fmaxf($0, $1)")
    public static float max(float a, float b) {
        return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b);
    }

    /** The upper 32 bits of the product of two unsigned ints. */
    @CudaC("$r = (int) __umulhi((unsigned) $0, (unsigned) $1)")
    public static int multiplyHigh(int a, int b) {
        return (int) ((a & 0xFFFFFFFFL) * (b & 0xFFFFFFFFL) >>> 32);
    }

    /** A logical shift to the right, which TornadoVM makes an arithmetic one of Java's {@code >>>}. */
    @CudaC("$r = (int) ((unsigned) $0 >> $1)")
    public static int shiftRight(int value, int bits) {
        return value >>> bits;
    }

    /** The bits of a float. */
    @CudaC("$r = __float_as_int($0)")
    public static int bits(float value) {
        return Float.floatToRawIntBits(value);
    }

    /** The float of these bits. */
    @CudaC("$r = __int_as_float($0)")
    public static float ofBits(int bits) {
        return Float.intBitsToFloat(bits);
    }
}
