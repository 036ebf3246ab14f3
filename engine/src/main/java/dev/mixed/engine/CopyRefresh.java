// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.List;
import java.util.Objects;

/** Makes the half copies of some weights anew, all together, where any of the weights was written since. */
final class CopyRefresh {
    private final List<Buffer> weights;
    private final Device.Executable copies;

    /** @param copies makes the half copies of these weights */
    CopyRefresh(List<Buffer> weights, Device.Executable copies) {
        this.weights = weights;
        this.copies = copies;
    }

    /** Whether it is of these weights. */
    boolean isOf(List<Buffer> others) {
        return weights.equals(others);
    }

    List<Buffer> weights() {
        return weights;
    }

    /** Begins it, where that is needed; what begins afterwards on the device finds the copies up to date. */
    void run() {
        if (weights.stream().map(CopyRefresh::copy).allMatch(HalfCopy::current)) {
            return;
        }
        copies.run();
        weights.forEach(weight -> copy(weight).current(true));
    }

    private static HalfCopy copy(Buffer weight) {
        return Objects.requireNonNull(weight.halfCopy(), "a program that reads a copy has given the weight one");
    }
}
