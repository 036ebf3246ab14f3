// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

/** The half copy of a persistent buffer that all programs read, and whether it is up to date. */
final class HalfCopy {
    private final Buffer half;
    private boolean current;

    /** @param half bound, of undefined content */
    HalfCopy(Buffer half) {
        this.half = half;
    }

    Buffer half() {
        return half;
    }

    /** Whether it holds what the buffer holds, rounded. */
    boolean current() {
        return current;
    }

    /** Says whether it holds what the buffer holds, rounded. */
    void current(boolean is) {
        current = is;
    }
}
