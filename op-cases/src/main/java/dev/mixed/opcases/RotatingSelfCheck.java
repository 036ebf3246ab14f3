// SPDX-License-Identifier: Apache-2.0
package dev.mixed.opcases;

import dev.mixed.engine.Background;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.tornado.SelfCheck;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Compares one family of ops on a GPU with its reference on the JVM, the next one each time: drivers report some errors on standard error only,
 * and wrong numbers not at all.
 */
public final class RotatingSelfCheck implements SelfCheck {
    /** Relative to the largest value: a rounding to half, with a sum in another order before it. */
    private static final double TOLERANCE = 4e-3;

    private Background<Reference> next = Background.begin("mixed-reference", () -> Reference.of(OpTable.selfChecks(), 0));
    private @Nullable Iterator<GpuCase> uncompiled;
    private boolean running;

    /**
     * A family's results on the JVM, which another thread computes while the GPU is not yet asked.
     *
     * @param checks of all families
     */
    private record Reference(List<GpuCase> checks, int index, List<float[]> results) {
        static Reference of(List<GpuCase> checks, int index) {
            try (Device reference = JvmDevice.reference()) {
                return new Reference(checks, index, DeviceComparison.results(checks.get(index), reference));
            }
        }

        Background<Reference> next() {
            return Background.begin("mixed-reference", () -> of(checks, (index + 1) % checks.size()));
        }
    }

    /** Checks the next family; throws a {@link DeviceException} if a result is wrong. */
    @Override
    public void run(Device device) {
        if (running) {
            // The check's own program ran.
            return;
        }
        running = true;
        try {
            check(device);
        } finally {
            running = false;
        }
    }

    /** Of each family once, in the order in which they are checked. */
    @Override
    public void ahead(Device compiling) {
        if (running) {
            return;
        }
        if (uncompiled == null) {
            uncompiled = next.join().checks.iterator();
        }
        if (uncompiled.hasNext()) {
            uncompiled.next().run().apply(GpuInputs.blank(compiling)).forEach(Tensor::toFloats);
        }
    }

    private void check(Device device) {
        Reference expected = next.join();
        next = expected.next();
        GpuCase check = expected.checks.get(expected.index);
        double difference = DeviceComparison.worst(DeviceComparison.results(check, device), expected.results);
        if (!(difference <= TOLERANCE)) {
            throw new DeviceException(String.format(Locale.ROOT, "self-check: %s on the GPU differs from its reference by %.1e of the largest value; './mixed"
                    + " gpu-test' says which kernels are wrong, --device jvm does without a GPU, and --no-self-check goes on all the same.", family(check),
                    difference));
        }
    }

    private static String family(GpuCase check) {
        return check.name().substring(0, check.name().indexOf(' '));
    }
}
