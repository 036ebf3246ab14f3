package dev.mixed.simulator;

import dev.mixed.simulator.instrument.CheckedAccess;
import dev.mixed.tornado.KernelFault;
import dev.mixed.tornado.context.LocalArrays;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread block: its local memory and its threads, of which one runs at a time.
 *
 * <p>Each simulated thread is a virtual thread; a baton ({@link #running}) passes between them at barriers and warp
 * operations only, in a fixed order, so a kernel does the same in every run.
 */
final class Block {
    private static final int LOCAL_MEMORY_BYTES = 48 * 1024;

    /** Ends the threads of a block in which another one failed. */
    private static final class Abort extends Error {
        static final Abort INSTANCE = new Abort();

        private Abort() {
            super(null, null, false, false);
        }
    }

    final Launch launch;
    final int[] index;
    final SimulatedThread[] threads;
    private final ArrayDeque<SimulatedThread> ready;
    private final List<Object> locals = new ArrayList<>();
    private final CountDownLatch done = new CountDownLatch(1);
    private long localBytes;
    private int waiting;
    private int unfinished;
    private volatile SimulatedThread running;
    private volatile boolean aborted;
    private Throwable failure;

    Block(Launch launch, int[] index, int[] size, int[] global, int[] offset) {
        this.launch = launch;
        this.index = index;
        threads = new SimulatedThread[size[0] * size[1] * size[2]];
        Warp[] warps = new Warp[(threads.length + Warp.SIZE - 1) / Warp.SIZE];
        for (int i = 0; i < threads.length; i++) {
            if (i % Warp.SIZE == 0) {
                warps[i / Warp.SIZE] = new Warp(this, i, Math.min(Warp.SIZE, threads.length - i), size[0] % Warp.SIZE == 0);
            }
            int[] local = {i % size[0], i / size[0] % size[1], i / (size[0] * size[1])};
            int[] ids = new int[15];
            for (int d = 0; d < 3; d++) {
                ids[d] = offset[d] + index[d] * size[d] + local[d];
                ids[3 + d] = index[d];
                ids[6 + d] = local[d];
                ids[9 + d] = global[d];
                ids[12 + d] = size[d];
            }
            threads[i] = new SimulatedThread(this, warps[i / Warp.SIZE], i, ids);
        }
        ready = new ArrayDeque<>(List.of(threads));
        unfinished = threads.length;
    }

    /** Runs all threads to their ends. */
    void run() {
        launch.races.enterBlock(index);
        pass(ready.poll());
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
        launch.races.leaveBlock();
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }

    private void pass(SimulatedThread next) {
        running = next;
        if (next.carrier == null) {
            next.carrier = Thread.ofVirtual().unstarted(() -> work(next));
            next.carrier.start();
        } else {
            LockSupport.unpark(next.carrier);
        }
    }

    /** Runs a thread, and after it the next ones for as long as they are new: only a waiting thread needs a stack of its own. */
    private void work(SimulatedThread first) {
        SimulatedThread thread = first;
        while (true) {
            thread.carrier = Thread.currentThread();
            CheckedAccess.setObserver(thread);
            try {
                launch.invoke(thread);
                thread.finish();
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
                fail(stuck());
                return;
            }
            if (next.carrier != null) {
                pass(next);
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

    /** Gives the baton to the next thread that can run, and waits until it comes back. */
    void await(SimulatedThread thread) {
        SimulatedThread next = ready.poll();
        if (next == null) {
            throw stuck();
        }
        pass(next);
        while (running != thread) {
            if (aborted) {
                throw Abort.INSTANCE;
            }
            LockSupport.park(this);
        }
        if (aborted) {
            throw Abort.INSTANCE;
        }
    }

    void release(SimulatedThread thread) {
        thread.goOn();
        ready.add(thread);
    }

    /** A barrier of the whole block. */
    void barrier(SimulatedThread thread, String name) {
        thread.waitAt(name);
        if (++waiting < threads.length) {
            await(thread);
            return;
        }
        for (SimulatedThread other : threads) {
            if (!other.waitsWhere(thread)) {
                throw other.fault("divergent barrier: it waits at " + other.waitingAt() + " while thread " + thread.name()
                        + " of the block waits at " + thread.waitingAt(), null);
            }
        }
        waiting = 0;
        launch.races.nextInterval();
        for (SimulatedThread other : threads) {
            if (other != thread) {
                release(other);
            }
        }
        thread.goOn();
    }

    /** Nobody can go on: names a thread that others wait for. */
    private KernelFault stuck() {
        SimulatedThread waiter = null;
        SimulatedThread missing = null;
        int there = 0;
        for (SimulatedThread thread : threads) {
            if (thread.waits() && waiter == null) {
                waiter = thread;
            }
        }
        for (SimulatedThread thread : threads) {
            boolean samePlace = thread.waitsWhere(waiter);
            there += samePlace ? 1 : 0;
            if (!samePlace && missing == null) {
                missing = thread;
            }
        }
        if (missing == null) {
            return waiter.fault("all threads wait at " + waiter.waitingAt() + " for each other", null);
        }
        return missing.fault((!missing.waits() ? "it has ended" : "it waits at " + missing.waitingAt()) + " while " + there + " of "
                + threads.length + " threads, thread " + waiter.name() + " first, wait at " + waiter.waitingAt()
                + ", which not all of them reach", null);
    }

    /** The n-th local array that a thread allocates is the n-th of the block. */
    Object allocate(SimulatedThread thread, int position, Class<?> elementType, int size) {
        if (size < 0) {
            throw thread.fault("a local array of " + size + " elements", null);
        }
        if (position == locals.size()) {
            localBytes += (long) size * bytes(elementType);
            if (localBytes > LOCAL_MEMORY_BYTES) {
                throw thread.fault(localBytes + " bytes of local memory; a block has " + LOCAL_MEMORY_BYTES, null);
            }
            Object array = LocalArrays.allocate(elementType, size);
            launch.races.addLocal(array, size);
            locals.add(array);
            return array;
        }
        Object array = locals.get(position);
        if (array.getClass().componentType() != elementType || java.lang.reflect.Array.getLength(array) != size) {
            throw thread.fault("its local array number " + (position + 1) + " is " + elementType.getSimpleName() + "[" + size
                    + "], other threads' is " + RaceDetector.describe(array), null);
        }
        return array;
    }

    private static int bytes(Class<?> type) {
        if (type == byte.class) {
            return 1;
        }
        if (type == long.class || type == double.class) {
            return 8;
        }
        return type == int.class || type == float.class || type.getSimpleName().equals("Half2") ? 4 : 2;
    }
}
