// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import java.util.Objects;

/** The input policy of each thread. */
final class CurrentPolicy {
    private static final ThreadLocal<InputPolicy> POLICY = ThreadLocal.withInitial(() -> InputPolicy.NONE);

    private CurrentPolicy() {
    }

    static InputPolicy get() {
        return POLICY.get();
    }

    static InputPolicy set(InputPolicy policy) {
        InputPolicy before = POLICY.get();
        POLICY.set(Objects.requireNonNull(policy));
        return before;
    }
}
