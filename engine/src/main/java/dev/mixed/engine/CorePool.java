package dev.mixed.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A few threads that run the slices of one launch together.
 *
 * <p>A training step has hundreds of short launches. Workers therefore spin for a moment before they sleep: waking a sleeping thread costs
 * about as much as a small launch itself. The caller runs the first slice.
 */
final class CorePool implements AutoCloseable {
    private static final int SPINS = 20_000;

    private final Worker[] workers;
    private final AtomicInteger unfinished = new AtomicInteger();
    private boolean closed;

    CorePool(int threads) {
        workers = new Worker[threads - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i);
            workers[i].start();
        }
    }

    int size() {
        return workers.length + 1;
    }

    /** Runs all tasks, at most {@link #size} of them, and returns when the last is done. The first failure is rethrown. */
    void run(Runnable[] tasks) {
        if (closed) {
            throw new IllegalStateException("this device is closed; nothing more can run on it");
        }
        unfinished.set(tasks.length - 1);
        for (int i = 1; i < tasks.length; i++) {
            workers[i - 1].start(tasks[i]);
        }
        Throwable failure = null;
        try {
            tasks[0].run();
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        for (int spins = 0; unfinished.get() > 0; spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        for (int i = 1; i < tasks.length; i++) {
            Throwable thrown = workers[i - 1].takeFailure();
            failure = failure == null ? thrown : failure;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            worker.stop();
        }
    }

    private final class Worker implements Runnable {
        private final Thread thread;
        private volatile Runnable task;
        private volatile boolean stopped;
        private volatile boolean sleeping;
        private Throwable failure;

        Worker(int index) {
            thread = Thread.ofPlatform().daemon().name("mixed-core-" + (index + 1)).unstarted(this);
        }

        void start() {
            thread.start();
        }

        void start(Runnable next) {
            task = next;
            if (sleeping) {
                LockSupport.unpark(thread);
            }
        }

        void stop() {
            stopped = true;
            LockSupport.unpark(thread);
        }

        Throwable takeFailure() {
            Throwable taken = failure;
            failure = null;
            return taken;
        }

        @Override
        public void run() {
            while (!stopped) {
                Runnable next = await();
                if (next == null) {
                    continue;
                }
                task = null;
                try {
                    next.run();
                } catch (RuntimeException | Error e) {
                    failure = e;
                } finally {
                    unfinished.decrementAndGet();
                }
            }
        }

        private Runnable await() {
            for (int i = 0; i < SPINS; i++) {
                if (task != null) {
                    return task;
                }
                Thread.onSpinWait();
            }
            sleeping = true;
            // Looked at again after the flag is up: a task given in between would otherwise find nobody to wake.
            if (task == null && !stopped) {
                LockSupport.park(this);
            }
            sleeping = false;
            return task;
        }
    }
}
