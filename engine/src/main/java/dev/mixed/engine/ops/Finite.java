// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import uk.ac.manchester.tornado.api.math.TornadoMath;

/** Which floats kernels take for finite. */
public final class Finite {
    private Finite() {
    }

    /** Whether v is a number of a magnitude of at most {@code limit}, on every backend: a comparison alone passes NaN where a compiler turns it round. */
    @SuppressWarnings("IdentityBinaryExpression") // NaN alone differs from itself
    public static boolean within(float v, float limit) {
        return v == v && TornadoMath.abs(v) <= limit;
    }
}
