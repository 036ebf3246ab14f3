package uk.ac.manchester.tornado.api.types;

/** A half-precision number, IEEE 754 binary16. */
public class HalfFloat {
    private final short bits;

    /** The nearest half, ties to even. */
    public HalfFloat(float value) {
        this.bits = Float.floatToFloat16(value);
    }

    /** The half with these bits. */
    public HalfFloat(short bits) {
        this.bits = bits;
    }

    public static HalfFloat add(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() + b.getFloat32());
    }

    public static HalfFloat sub(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() - b.getFloat32());
    }

    public static HalfFloat mult(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() * b.getFloat32());
    }

    public static HalfFloat div(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() / b.getFloat32());
    }

    /** The sixteen bits. */
    public short getHalfFloatValue() {
        return bits;
    }

    /** The same value as a float. */
    public float getFloat32() {
        return Float.float16ToFloat(bits);
    }

    @Override
    public String toString() {
        return Float.toString(getFloat32());
    }
}
