// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.intrinsics.DeviceThread;
import dev.mixed.simulator.instrument.CheckedAccess;
import dev.mixed.tornado.KernelFault;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the threads of a block, one at a time: the next one goes on only where the running one waits or ends, in a fixed order, so a kernel does the
 * same in every run.
 *
 * <p>A thread that waits keeps its stack in a virtual thread. One that ends leaves its virtual thread to the next that has not begun.
 */
final class Scheduler {
    /** Ends the threads of a block in which another one failed. */
    private static final class Abort extends Error {
        @SuppressWarnings("StaticAssignmentOfThrowable") // it has no stack trace that could belong to another throw
        static final Abort INSTANCE = new Abort();

        private Abort() {
            super(null, null, false, false);
        }
    }

    private final List<SimulatedThread> threads;
    private final Launch.Body body;
    private final Supplier<KernelFault> deadlock;
    private final ArrayDeque<SimulatedThread> ready;
    private final CountDownLatch done = new CountDownLatch(1);
    private int unfinished;
    private volatile @Nullable SimulatedThread running;
    private volatile boolean aborted;
    private @Nullable Throwable failure;

    /** @param deadlock what is wrong where all threads wait or have ended, and some wait */
    Scheduler(List<SimulatedThread> threads, Launch.Body body, Supplier<KernelFault> deadlock) {
        this.threads = threads;
        this.body = body;
        this.deadlock = deadlock;
        this.ready = new ArrayDeque<>(threads);
        this.unfinished = threads.size();
    }

    /** Runs all threads to their ends, and throws what the first one to fail threw. */
    void run() {
        resume(ready.poll());
        boolean interrupted = false;
        while (true) {
            try {
                done.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }

    private void resume(SimulatedThread next) {
        running = next;
        if (next.carrier == null) {
            next.carrier = Thread.ofVirtual().unstarted(() -> runFrom(next));
            next.carrier.start();
        } else {
            LockSupport.unpark(next.carrier);
        }
    }

    /** Runs a thread, and after it the next ones for as long as they have not begun. */
    private void runFrom(SimulatedThread first) {
        SimulatedThread thread = first;
        while (true) {
            thread.carrier = Thread.currentThread();
            CheckedAccess.setObserver(thread);
            DeviceThread.set(thread.device());
            try {
                body.run(thread.context());
                thread.end();
            } catch (Abort e) {
                return;
            } catch (Throwable e) {
                fail(described(thread, e));
                return;
            }
            if (--unfinished == 0) {
                done.countDown();
                return;
            }
            SimulatedThread next = ready.poll();
            if (next == null) {
                fail(deadlock.get());
                return;
            }
            if (next.carrier != null) {
                resume(next);
                return;
            }
            running = next;
            thread = next;
        }
    }

    private static Throwable described(SimulatedThread thread, Throwable problem) {
        if (problem instanceof KernelFault || problem instanceof UnsupportedOperationException || problem instanceof Error) {
            return problem;
        }
        String what = problem instanceof IndexOutOfBoundsException ? "access outside an array: " + problem.getMessage() : problem.toString();
        return thread.fault(what + SourceLines.of(problem), problem);
    }

    private void fail(Throwable problem) {
        failure = problem;
        aborted = true;
        for (SimulatedThread thread : threads) {
            if (thread.carrier != null && thread.carrier != Thread.currentThread()) {
                LockSupport.unpark(thread.carrier);
            }
        }
        done.countDown();
    }

    /** Lets the next thread go on that can, and returns when it is this one's turn again. */
    void await(SimulatedThread thread) {
        SimulatedThread next = ready.poll();
        if (next == null) {
            throw deadlock.get();
        }
        resume(next);
        while (running != thread && !aborted) {
            LockSupport.park(this);
        }
        if (aborted) {
            throw Abort.INSTANCE;
        }
    }

    /** Ends the wait of the running thread and of the others that wait with it: they are next, in their order. */
    void release(List<SimulatedThread> waiting, @Nullable SimulatedThread current) {
        for (SimulatedThread thread : waiting) {
            thread.goOn();
            if (thread != current) {
                ready.add(thread);
            }
        }
    }
}
