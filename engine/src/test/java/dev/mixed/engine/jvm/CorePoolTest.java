// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.jvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CorePoolTest {
    @Test
    void longTasksRunOnceEachOnAThreadOfTheirOwn() {
        try (CorePool pool = new CorePool(4)) {
            assertEquals(4, pool.size());
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            AtomicInteger runs = new AtomicInteger();
            Runnable task = together(4, () -> {
                threads.add(Thread.currentThread());
                runs.incrementAndGet();
            });
            pool.run(new Runnable[] {task, task, task, task});
            assertEquals(4, runs.get());
            assertEquals(4, threads.size());
            assertTrue(threads.contains(Thread.currentThread()), "the caller works too");
            pool.run(new Runnable[] {runs::incrementAndGet, runs::incrementAndGet});
            assertEquals(6, runs.get());
        }
    }

    /** A task that waits until as many threads are in it. */
    private static Runnable together(int threads, Runnable task) {
        CountDownLatch begun = new CountDownLatch(threads);
        return () -> {
            task.run();
            begun.countDown();
            try {
                begun.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
    }

    @Test
    void theCallerTakesWhatNoWorkerHasBegun() {
        try (CorePool pool = new CorePool(2)) {
            AtomicInteger runs = new AtomicInteger();
            Runnable[] tasks = new Runnable[50];
            Arrays.fill(tasks, (Runnable) runs::incrementAndGet);
            pool.run(tasks);
            assertEquals(50, runs.get(), "more tasks than threads");
        }
    }

    @Test
    void manyTinyRuns() {
        try (CorePool pool = new CorePool(3)) {
            AtomicLong sum = new AtomicLong();
            long[] plain = new long[3];
            Runnable[] tasks = new Runnable[3];
            for (int t = 0; t < 3; t++) {
                int slot = t;
                tasks[t] = () -> {
                    plain[slot]++;
                    sum.addAndGet(slot);
                };
            }
            for (int run = 0; run < 20_000; run++) {
                pool.run(tasks);
                // Written without synchronisation by the workers: run() must make it visible.
                assertEquals(run + 1, plain[0]);
                assertEquals(run + 1, plain[1]);
                assertEquals(run + 1, plain[2]);
            }
            assertEquals(3 * 20_000, sum.get());
        }
    }

    @Test
    void sleepingWorkersWake() throws InterruptedException {
        try (CorePool pool = new CorePool(2)) {
            AtomicInteger runs = new AtomicInteger();
            for (int i = 0; i < 20; i++) {
                Thread.sleep(10);
                pool.run(new Runnable[] {runs::incrementAndGet, runs::incrementAndGet});
            }
            assertEquals(40, runs.get());
        }
    }

    @Test
    void aFailureInAWorkerIsRethrownAfterTheOthersAreDone() {
        try (CorePool pool = new CorePool(3)) {
            IllegalStateException failure = new IllegalStateException("slice 1");
            AtomicInteger done = new AtomicInteger();
            Runnable fails = () -> {
                throw failure;
            };
            Runnable slow = () -> {
                long end = System.nanoTime() + 20_000_000;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                done.incrementAndGet();
            };
            assertSame(failure, assertThrows(IllegalStateException.class, () -> pool.run(new Runnable[] {slow, fails, slow})));
            assertEquals(2, done.get());
            assertSame(failure, assertThrows(IllegalStateException.class, () -> pool.run(new Runnable[] {fails, slow})));
            assertEquals(3, done.get());
            Error error = new AssertionError("slice 2");
            assertSame(error, assertThrows(AssertionError.class, () -> pool.run(new Runnable[] {slow, slow, () -> {
                throw error;
            }})));
            pool.run(new Runnable[] {slow, slow, slow});
            assertEquals(8, done.get(), "a failure does not outlive its run");
        }
    }

    @Test
    void closingEndsTheThreads() throws InterruptedException {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        CorePool pool = new CorePool(3);
        Runnable task = together(3, () -> threads.add(Thread.currentThread()));
        pool.run(new Runnable[] {task, task, task});
        pool.close();
        threads.remove(Thread.currentThread());
        assertEquals(2, threads.size());
        for (Thread thread : threads) {
            thread.join(10_000);
            assertTrue(!thread.isAlive(), thread + " has not ended");
        }
        assertTrue(assertThrows(IllegalStateException.class, () -> pool.run(new Runnable[] {task, task})).getMessage().contains("closed"));
    }
}
