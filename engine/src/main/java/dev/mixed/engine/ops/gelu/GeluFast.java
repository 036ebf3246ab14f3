// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.gelu;

import dev.mixed.intrinsics.FastMath;

/** {@link Gelu}'s exact form of single elements, with a GPU's approximate exponentials and reciprocals: within 1e-6, for results in half. */
public final class GeluFast {
    /** 0.5 / ln 2: exp(-x^2 / 2) as a power of 2. */
    private static final float HALF_LOG2_E = 0.72134752f;

    private GeluFast() {
    }

    private static float gaussian(float x) {
        return FastMath.exp2(-HALF_LOG2_E * x * x);
    }

    /** Phi(-|x|), given exp(-x^2 / 2), by the polynomial of {@link Gelu}. */
    private static float tail(float x, float gaussian) {
        float u = FastMath.reciprocal(1f + 0.38890873f * Math.abs(x));
        float p = 0.053662084f;
        p = p * u - 0.25901851f;
        p = p * u + 0.37985617f;
        p = p * u - 0.020712221f;
        p = p * u + 0.19542070f;
        p = p * u + 0.15079178f;
        return gaussian * (p * u);
    }

    /** x Phi(x). */
    public static float value(float x) {
        float t = tail(x, gaussian(x));
        return x < 0f ? x * t : x - x * t;
    }

    /** Phi(x) + x phi(x). */
    public static float derivative(float x) {
        float gaussian = gaussian(x);
        float t = tail(x, gaussian);
        return (x < 0f ? t : 1f - t) + x * (0.3989422804f * gaussian);
    }
}
