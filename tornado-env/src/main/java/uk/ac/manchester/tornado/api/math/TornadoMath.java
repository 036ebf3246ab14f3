// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api.math;

/** Single-precision mathematics that TornadoVM maps to the device's own instructions. */
public class TornadoMath {
    private TornadoMath() {
    }

    public static float abs(float a) {
        return Math.abs(a);
    }

    public static float sqrt(float a) {
        return (float) Math.sqrt(a);
    }

    public static float exp(float a) {
        return (float) Math.exp(a);
    }

    public static float log(float a) {
        return (float) Math.log(a);
    }

    public static float pow(float a, float b) {
        return (float) Math.pow(a, b);
    }

    public static float tanh(float a) {
        return (float) Math.tanh(a);
    }

    public static float min(float a, float b) {
        return Math.min(a, b);
    }

    public static float max(float a, float b) {
        return Math.max(a, b);
    }

    public static float floor(float a) {
        return (float) Math.floor(a);
    }
}
