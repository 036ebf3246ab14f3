// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

/**
 * A scope in which ops keep nothing for a backward pass: {@code try (var scope = NoGrad.enter()) { ... }}. It holds for the thread that
 * entered it, and may be nested.
 */
public final class NoGrad implements AutoCloseable {
    private static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);
    private final Thread owner = Thread.currentThread();
    private boolean closed;

    private NoGrad() {
    }

    /** Turns gradients off until the returned scope is closed. */
    public static NoGrad enter() {
        DEPTH.set(DEPTH.get() + 1);
        return new NoGrad();
    }

    static boolean active() {
        return DEPTH.get() > 0;
    }

    /** Turns gradients on whatever scopes there are; returns what {@link #resume} takes. */
    static int suspend() {
        int depth = DEPTH.get();
        DEPTH.set(0);
        return depth;
    }

    static void resume(int depth) {
        DEPTH.set(depth);
    }

    /** Turns gradients back on, unless an outer scope holds; only on the thread that entered. */
    @Override
    public void close() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException("a NoGrad scope of thread " + owner.getName() + " can't be closed by thread "
                    + Thread.currentThread().getName());
        }
        if (!closed) {
            closed = true;
            DEPTH.set(DEPTH.get() - 1);
        }
    }
}
