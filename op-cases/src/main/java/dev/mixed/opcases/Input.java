// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.DType;
import dev.mixed.engine.Shape;
import java.util.random.RandomGenerator;

/** One input of an op's case: its shape, what it is, and where its values come from. */
public record Input(Shape shape, Kind kind, Values values) {
    /** What an input is. */
    public enum Kind {
        /** A variable with a gradient, stored as F32 or F16. */
        VARIABLE,
        /** A variable with a gradient, always F32; of the variables' type in libtorch. */
        F32_VARIABLE,
        /** An F32 tensor without a gradient; of the variables' type in libtorch. */
        CONSTANT,
        /** An I32 tensor; int64 in libtorch. */
        INTS
    }

    /** Draws the n values of an input. */
    @FunctionalInterface
    public interface Values {
        double[] draw(RandomGenerator random, int n);
    }

    /** Whether a gradient flows to it. */
    public boolean differentiable() {
        return kind == Kind.VARIABLE || kind == Kind.F32_VARIABLE;
    }

    /** The type of its tensor where variables are stored as F16 or F32. */
    public DType dtype(boolean half) {
        return switch (kind) {
            case VARIABLE -> half ? DType.F16 : DType.F32;
            case F32_VARIABLE, CONSTANT -> DType.F32;
            case INTS -> DType.I32;
        };
    }

    /** New values, rounded to float, or to half. */
    double[] draw(RandomGenerator random, boolean toHalf) {
        double[] drawn = values.draw(random, shape.elements());
        for (int i = 0; i < drawn.length; i++) {
            float v = (float) drawn[i];
            drawn[i] = toHalf ? Float.float16ToFloat(Float.floatToFloat16(v)) : v;
        }
        return drawn;
    }
}
