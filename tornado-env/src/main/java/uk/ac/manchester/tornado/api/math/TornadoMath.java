package uk.ac.manchester.tornado.api.math;

/** Mathematical functions that GPU compilers replace by their own; on the JVM, Java's, computed in double and rounded to float. */
public class TornadoMath {
    /** The smaller value, NaN if either is. */
    public static float min(float a, float b) {
        return Math.min(a, b);
    }

    /** The larger value, NaN if either is. */
    public static float max(float a, float b) {
        return Math.max(a, b);
    }

    /** The value without its sign. */
    public static float abs(float value) {
        return Math.abs(value);
    }

    /** e to the power of the value. */
    public static float exp(float value) {
        return (float) Math.exp(value);
    }

    /** The natural logarithm. */
    public static float log(float value) {
        return (float) Math.log(value);
    }

    /** The square root. */
    public static float sqrt(float value) {
        return (float) Math.sqrt(value);
    }

    /** The hyperbolic tangent. */
    public static float tanh(float value) {
        return (float) Math.tanh(value);
    }
}
