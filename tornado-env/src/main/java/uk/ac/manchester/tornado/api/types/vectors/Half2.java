// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.types.vectors;

import uk.ac.manchester.tornado.api.types.HalfFloat;

/** Two half-precision numbers that travel together. */
public final class Half2 {
    private short low;
    private short high;

    /** Two zeros. */
    public Half2() {
    }

    public Half2(HalfFloat x, HalfFloat y) {
        setX(x);
        setY(y);
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

    /** The first element as a float. */
    public static float lowFloat(Half2 pair) {
        return Float.float16ToFloat(pair.low);
    }

    /** The second element as a float. */
    public static float highFloat(Half2 pair) {
        return Float.float16ToFloat(pair.high);
    }

    /** The nearest halves of two floats, ties to even. */
    public static Half2 fromFloats(float x, float y) {
        Half2 pair = new Half2();
        pair.low = Float.floatToFloat16(x);
        pair.high = Float.floatToFloat16(y);
        return pair;
    }

    /** The element at 0 or 1. */
    public HalfFloat get(int index) {
        return index == 0 ? getX() : getY();
    }

    /** Replaces the element at 0 or 1. */
    public void set(int index, HalfFloat value) {
        if (index == 0) {
            setX(value);
        } else {
            setY(value);
        }
    }

    public HalfFloat getX() {
        return new HalfFloat(low);
    }

    public void setX(HalfFloat value) {
        low = value.getHalfFloatValue();
    }

    public HalfFloat getY() {
        return new HalfFloat(high);
    }

    public void setY(HalfFloat value) {
        high = value.getHalfFloatValue();
    }

    @Override
    public String toString() {
        return "{" + lowFloat(this) + ", " + highFloat(this) + "}";
    }
}
