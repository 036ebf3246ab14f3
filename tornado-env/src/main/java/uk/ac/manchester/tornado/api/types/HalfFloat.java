// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types;

/** A half-precision number, IEEE 754 binary16. */
public class HalfFloat {
    private final short bits;

    /** The nearest half, ties to even; beyond 65,519.99 it is infinite, and NaN stays NaN. */
    public HalfFloat(float halfFloat) {
        this.bits = Float.floatToFloat16(halfFloat);
    }

    /** The half with these bits. */
    public HalfFloat(short halfFloat) {
        this.bits = halfFloat;
    }

    /** The sum, rounded to a half. */
    public static HalfFloat add(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() + b.getFloat32());
    }

    /** The difference, rounded to a half. */
    public static HalfFloat sub(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() - b.getFloat32());
    }

    /** The product, rounded to a half. */
    public static HalfFloat mult(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() * b.getFloat32());
    }

    /** The quotient, rounded to a half. */
    public static HalfFloat div(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() / b.getFloat32());
    }

    /** The sixteen bits. */
    public short getHalfFloatValue() {
        return bits;
    }

    /** The same value as a float; exact. */
    public float getFloat32() {
        return Float.float16ToFloat(bits);
    }

    @Override
    public String toString() {
        return Float.toString(getFloat32());
    }
}
