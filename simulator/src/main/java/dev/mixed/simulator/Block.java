// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.tornado.KernelFault;
import dev.mixed.tornado.context.Dim3;
import java.util.Arrays;
import java.util.List;

/** One thread block: its threads in warps of 32, its local memory and its barrier. */
final class Block {
    private final Launch launch;
    private final Dim3 index;
    private final List<SimulatedThread> threads;
    private final Scheduler scheduler;
    private final LocalMemory local;
    private int atBarrier;

    Block(Launch launch, Dim3 index) {
        this.launch = launch;
        this.index = index;
        this.local = new LocalMemory(launch.races());
        GridShape grid = launch.grid();
        SimulatedThread[] made = new SimulatedThread[grid.block().count()];
        boolean rowsOfWarps = grid.block().x() % Warp.SIZE == 0;
        for (int first = 0; first < made.length; first += Warp.SIZE) {
            int count = Math.min(Warp.SIZE, made.length - first);
            Warp warp = new Warp(this, count, rowsOfWarps);
            for (int i = first; i < first + count; i++) {
                made[i] = new SimulatedThread(this, warp, i, grid.position(index, i));
            }
        }
        this.threads = Arrays.asList(made);
        this.scheduler = new Scheduler(threads, launch.body(), this::deadlock);
    }

    /** Runs all threads to their ends. */
    void run() {
        launch.races().enterBlock(index);
        scheduler.run();
        launch.races().leaveBlock();
    }

    String kernel() {
        return launch.kernel();
    }

    RaceDetector races() {
        return launch.races();
    }

    LocalMemory local() {
        return local;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    SimulatedThread thread(int number) {
        return threads.get(number);
    }

    /** A barrier of the whole block. */
    void barrier(SimulatedThread thread, String name) {
        thread.waitAt(name);
        if (++atBarrier < threads.size()) {
            scheduler.await(thread);
            return;
        }
        for (SimulatedThread other : threads) {
            if (!other.waitsWhere(thread)) {
                throw other.fault("divergent barrier: it waits at " + other.waitPoint() + " while thread " + thread.name()
                        + " of the block waits at " + thread.waitPoint(), null);
            }
        }
        atBarrier = 0;
        launch.races().nextInterval();
        scheduler.release(threads, thread);
    }

    /** All threads wait or have ended: names one that the others wait for. */
    private KernelFault deadlock() {
        SimulatedThread waiter = threads.stream().filter(SimulatedThread::waits).findFirst().orElseThrow();
        List<SimulatedThread> elsewhere = threads.stream().filter(thread -> !thread.waitsWhere(waiter)).toList();
        if (elsewhere.isEmpty()) {
            return waiter.fault("all threads wait at " + waiter.waitPoint() + " for each other", null);
        }
        SimulatedThread missing = elsewhere.getFirst();
        return missing.fault((missing.waits() ? "it waits at " + missing.waitPoint() : "it has ended") + " while "
                + (threads.size() - elsewhere.size()) + " of " + threads.size() + " threads, thread " + waiter.name() + " first, wait at "
                + waiter.waitPoint() + ", which not all of them reach", null);
    }
}
