// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops.softmax;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** What kernels need of a row to take its softmax without an overflow. */
public final class SoftmaxRow {
    private SoftmaxRow() {
    }

    /** The largest of x[row] to x[row + n - 1]; a NaN counts in the first place alone. */
    public static float max(FloatArray x, int row, int n) {
        float max = x.get(row);
        for (int j = 1; j < n; j++) {
            float v = x.get(row + j);
            if (v > max) {
                max = v;
            }
        }
        return max;
    }

    /** sum over j below n of exp(x[row + j] - max), in the order of j. */
    public static float sumOfExp(FloatArray x, int row, int n, float max) {
        float sum = 0f;
        for (int j = 0; j < n; j++) {
            sum += TornadoMath.exp(x.get(row + j) - max);
        }
        return sum;
    }
}
