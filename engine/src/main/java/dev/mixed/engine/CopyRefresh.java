// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.List;
import java.util.Objects;

/** Makes the half copies of some weights anew, all together, where any of the weights was written since. */
final class CopyRefresh {
    private final List<Buffer> weights;
    private final List<HalfCopy> copies;
    private final Device.Executable making;

    /** @param making makes the half copies of these weights, which have been given theirs */
    CopyRefresh(List<Buffer> weights, Device.Executable making) {
        this.weights = weights;
        this.copies = weights.stream().map(weight -> Objects.requireNonNull(weight.halfCopy(), "a program that reads a copy has given the weight one"))
                .toList();
        this.making = making;
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
        if (!copies.stream().allMatch(HalfCopy::current)) {
            making.run();
            copies.forEach(copy -> copy.current(true));
        }
    }
}
