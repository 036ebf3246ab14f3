package uk.ac.manchester.tornado.api.types.vectors;

import java.util.Locale;
import uk.ac.manchester.tornado.api.types.HalfFloat;

/** Two halves that a device keeps in one 32-bit register; every operation rounds each lane to a half. */
public final class Half2 {
    private static final int LANES = 2;

    private final short[] bits = new short[LANES];

    /** Two zeros. */
    public Half2() {
    }

    /** The halves {@code x} (low) and {@code y} (high). */
    public Half2(HalfFloat x, HalfFloat y) {
        setX(x);
        setY(y);
    }

    /** Both lanes' nearest halves: {@code x} low, {@code y} high. */
    public static Half2 fromFloats(float x, float y) {
        return new Half2(new HalfFloat(x), new HalfFloat(y));
    }

    public static float lowFloat(Half2 a) {
        return a.getX().getFloat32();
    }

    public static float highFloat(Half2 a) {
        return a.getY().getFloat32();
    }

    public static Half2 add(Half2 a, Half2 b) {
        return new Half2(HalfFloat.add(a.getX(), b.getX()), HalfFloat.add(a.getY(), b.getY()));
    }

    public static Half2 sub(Half2 a, Half2 b) {
        return new Half2(HalfFloat.sub(a.getX(), b.getX()), HalfFloat.sub(a.getY(), b.getY()));
    }

    public static Half2 mult(Half2 a, Half2 b) {
        return new Half2(HalfFloat.mult(a.getX(), b.getX()), HalfFloat.mult(a.getY(), b.getY()));
    }

    public static Half2 div(Half2 a, Half2 b) {
        return new Half2(HalfFloat.div(a.getX(), b.getX()), HalfFloat.div(a.getY(), b.getY()));
    }

    /** {@code a * b + c} by lane; the product is rounded before it is added. */
    public static Half2 fma(Half2 a, Half2 b, Half2 c) {
        return add(mult(a, b), c);
    }

    /** The half at lane 0 or 1. */
    public HalfFloat get(int index) {
        return new HalfFloat(bits[index]);
    }

    /** Replaces the half at lane 0 or 1. */
    public void set(int index, HalfFloat value) {
        bits[index] = value.getHalfFloatValue();
    }

    /** Replaces both lanes. */
    public void set(Half2 value) {
        setX(value.getX());
        setY(value.getY());
    }

    public HalfFloat getX() {
        return get(0);
    }

    public void setX(HalfFloat value) {
        set(0, value);
    }

    public HalfFloat getY() {
        return get(1);
    }

    public void setY(HalfFloat value) {
        set(1, value);
    }

    /** A copy. */
    public Half2 duplicate() {
        return new Half2(getX(), getY());
    }

    public int size() {
        return LANES;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "{ %s, %s }", getX(), getY());
    }
}
