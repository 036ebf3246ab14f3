// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.tornado.KernelFault;
import dev.mixed.tornado.context.Dim3;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** One thread block: its threads in warps of 32, its local memory and its barrier. */
final class Block {
    private static final int REGISTERS = 64 * 1024;
    private static final int MAX_REGISTERS = 255;

    /** How many of the barriers that a deadlock's threads wait for an error message names. */
    private static final int MAX_NAMED = 4;

    private final Launch launch;
    private final Dim3 index;
    private final List<SimulatedThread> threads;
    private final Scheduler scheduler;
    private final LocalMemory local;
    private final SharedWindow shared;
    private final Mbarriers mbarriers;
    private final NamedBarriers named;
    private final List<Warpgroup> warpgroups = new ArrayList<>();
    private int atBarrier;

    Block(Launch launch, Dim3 index) {
        this.launch = launch;
        this.index = index;
        this.local = new LocalMemory(launch.races());
        this.shared = new SharedWindow(this);
        this.mbarriers = new Mbarriers(this);
        this.named = new NamedBarriers(this);
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
        for (int first = 0; first + Warpgroup.SIZE <= made.length; first += Warpgroup.SIZE) {
            warpgroups.add(new Warpgroup(this, Arrays.asList(made).subList(first, first + Warpgroup.SIZE)));
        }
        this.threads = Arrays.asList(made);
        this.scheduler = new Scheduler(threads, launch.body(), this::deadlock);
    }

    /** Runs all threads to their ends. */
    void run() {
        launch.races().enterBlock(index);
        scheduler.run();
        mbarriers.end();
        launch.races().leaveBlock();
    }

    String kernel() {
        return launch.kernel();
    }

    Launch launch() {
        return launch;
    }

    Order order() {
        return launch.order();
    }

    List<SimulatedThread> threads() {
        return threads;
    }

    SharedWindow shared() {
        return shared;
    }

    Mbarriers mbarriers() {
        return mbarriers;
    }

    NamedBarriers named() {
        return named;
    }

    /** Registers a thread that the compiler may use, as the launch bounds leave them. */
    int registersAtStart() {
        return Math.min(MAX_REGISTERS, REGISTERS / (threads.size() * launch.blocksPerProcessor()) / 8 * 8);
    }

    List<Warpgroup> warpgroups() {
        return warpgroups;
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
        launch.order().meetAll(threads);
        scheduler.release(threads, thread);
    }

    /** All threads wait or have ended: names one that the others wait for. */
    private KernelFault deadlock() {
        SimulatedThread waiter = threads.stream().filter(SimulatedThread::waits).findFirst().orElseThrow();
        Map<String, SimulatedThread> barriers = new LinkedHashMap<>();
        for (SimulatedThread thread : threads) {
            String awaited = thread.waits() ? thread.device().awaited() : null;
            if (awaited != null) {
                barriers.putIfAbsent(awaited, thread);
            }
        }
        if (!barriers.isEmpty()) {
            SimulatedThread first = barriers.values().iterator().next();
            return first.fault("deadlock: it waits at " + barriers.entrySet().stream().limit(MAX_NAMED)
                    .map(entry -> entry.getValue().waitPoint() + " for " + entry.getKey())
                    .collect(Collectors.joining("; another thread waits at ")), null);
        }
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
