// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that run the slices of one launch together.
 *
 * <p>A training step has hundreds of short launches. Threads therefore spin for a moment before they sleep: waking a sleeping thread costs
 * about as much as a small launch itself. Each thread, the caller among them, takes the next slice that nobody has begun, so that on a busy
 * machine a worker without a core holds nobody up.
 */
final class CorePool implements AutoCloseable {
    /** Some 100 microseconds: longer than the gap between two launches, shorter than what another program would miss. */
    private static final int SPINS = 4_000;

    private final Worker[] workers;
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

    /** Runs all tasks and returns when the last is done. The first failure is rethrown. */
    void run(Runnable[] tasks) {
        if (closed) {
            throw new IllegalStateException("this device is closed; nothing more can run on it");
        }
        Job job = new Job(tasks);
        for (int i = 0; i < Math.min(workers.length, tasks.length - 1); i++) {
            workers[i].give(job);
        }
        job.work();
        job.await();
    }

    @Override
    public void close() {
        closed = true;
        for (Worker worker : workers) {
            worker.stop();
        }
    }

    /** The tasks of one run. */
    private static final class Job {
        private final Runnable[] tasks;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger unfinished;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private volatile @Nullable Thread waiting;

        Job(Runnable[] tasks) {
            this.tasks = tasks;
            this.unfinished = new AtomicInteger(tasks.length);
        }

        /** Runs tasks until all have been begun. */
        void work() {
            for (int i = next.getAndIncrement(); i < tasks.length; i = next.getAndIncrement()) {
                try {
                    tasks[i].run();
                } catch (RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                } finally {
                    if (unfinished.decrementAndGet() == 0 && waiting != null) {
                        LockSupport.unpark(waiting);
                    }
                }
            }
        }

        /** Waits until all tasks are done. */
        void await() {
            for (int i = 0; i < SPINS && unfinished.get() > 0; i++) {
                Thread.onSpinWait();
            }
            if (unfinished.get() > 0) {
                waiting = Thread.currentThread();
                while (unfinished.get() > 0) {
                    LockSupport.park(this);
                }
            }
            switch (failure.get()) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case null, default -> {
                }
            }
        }
    }

    private static final class Worker implements Runnable {
        private final Thread thread;
        private volatile @Nullable Job given;
        private volatile boolean stopped;
        private volatile boolean sleeping;

        Worker(int index) {
            thread = Thread.ofPlatform().daemon().name("mixed-core-" + (index + 1)).unstarted(this);
        }

        void start() {
            thread.start();
        }

        void give(Job job) {
            given = job;
            if (sleeping) {
                LockSupport.unpark(thread);
            }
        }

        void stop() {
            stopped = true;
            LockSupport.unpark(thread);
        }

        @Override
        public void run() {
            Job done = null;
            while (!stopped) {
                Job job = nextAfter(done);
                if (job != null && job != done) {
                    job.work();
                    done = job;
                }
            }
        }

        /** The job given last; {@code done} again if there is no other yet. */
        private @Nullable Job nextAfter(@Nullable Job done) {
            for (int i = 0; i < SPINS; i++) {
                if (given != done) {
                    return given;
                }
                Thread.onSpinWait();
            }
            sleeping = true;
            // Looked at again after the flag is up: a job given in between would otherwise find nobody to wake.
            if (given == done && !stopped) {
                LockSupport.park(this);
            }
            sleeping = false;
            return given;
        }
    }
}
