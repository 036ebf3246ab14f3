// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/** A result that a thread of its own makes, while whoever will need it does something else. */
public final class Background<T> {
    private final FutureTask<T> task;

    private Background(FutureTask<T> task) {
        this.task = task;
    }

    /**
     * Begins the work on a new thread, which does not keep the process alive.
     *
     * @param thread that thread's name
     */
    public static <T> Background<T> begin(String thread, Supplier<T> work) {
        Background<T> begun = new Background<>(new FutureTask<>(work::get));
        Thread.ofPlatform().daemon().name(thread).start(begun.task);
        return begun;
    }

    /**
     * Waits for the result, also where the calling thread is interrupted, which it notices afterwards: the work goes on in any case.
     *
     * @throws RuntimeException what the work has thrown, as it is; an {@link Error} likewise
     */
    public T join() {
        return join(task);
    }

    /** {@link #join()} of work that something else has begun. */
    static <T> T join(Future<T> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException("a supplier throws nothing else", e);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Whether {@link #join} would return or throw at once. */
    public boolean isDone() {
        return task.isDone();
    }
}
