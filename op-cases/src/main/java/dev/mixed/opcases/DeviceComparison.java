// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Computes a case on two devices and compares the results. */
public final class DeviceComparison {
    private DeviceComparison() {
    }

    /** Null if all is well, else what is wrong in a few words. */
    public static @Nullable String run(GpuCase op, Device device, Device reference) {
        List<float[]> expected = results(op, reference);
        List<float[]> actual;
        try {
            actual = results(op, device);
        } catch (RuntimeException e) {
            return e.getMessage() == null ? e.toString() : e.getMessage();
        }
        for (int i = 0; i < expected.size(); i++) {
            double difference = difference(actual.get(i), expected.get(i));
            // NaN fails too.
            if (!(difference <= op.tolerance())) {
                return String.format(Locale.ROOT, "result %d of %d is off by %.2e of its largest value, allowed are %.0e", i + 1, expected.size(), difference,
                        op.tolerance());
            }
        }
        return null;
    }

    /** The largest {@link #difference} among the results; NaN if one is. */
    static double worst(List<float[]> actual, List<float[]> expected) {
        double worst = 0;
        for (int i = 0; i < expected.size(); i++) {
            worst = Math.max(worst, difference(actual.get(i), expected.get(i)));
        }
        return worst;
    }

    static List<float[]> results(GpuCase op, Device device) {
        List<float[]> values = new ArrayList<>();
        for (Tensor t : op.run().apply(new GpuInputs(device))) {
            values.add(t.toFloats());
        }
        return values;
    }

    /** The largest difference over the largest finite value; NaN where only one is a number, or infinities differ. */
    public static double difference(float[] actual, float[] expected) {
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            if (Float.isFinite(expected[i])) {
                largest = Math.max(largest, Math.abs(expected[i]));
                double d = Math.abs((double) actual[i] - expected[i]);
                worst = Double.isNaN(d) ? Double.NaN : Math.max(worst, d);
            } else if (Float.compare(actual[i], expected[i]) != 0) {
                return Double.NaN;
            }
        }
        return worst == 0 ? 0 : worst / Math.max(largest, Float.MIN_NORMAL);
    }
}
