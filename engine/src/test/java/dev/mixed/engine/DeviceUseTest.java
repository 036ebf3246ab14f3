// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two threads at once get an exception and never an answer; one after the other, they get theirs. */
class DeviceUseTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 300;
    private static final List<Device> DEVICES = List.of(JvmDevice.open(2), JvmDevice.reference(), new EmulatedGpu());

    static Stream<Device> devices() {
        return DEVICES.stream();
    }

    @AfterAll
    static void close() {
        DEVICES.forEach(Device::close);
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void everyUseBesideAnothersThrowsAndNamesBoth(Device device) throws InterruptedException {
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Tensor ids = Tensor.ofInts(device, Shape.of(1), 1);
        Program program = Program.record(device, () -> List.of(Elementwise.scale(x, 2f)));
        program.run();
        Tensor pending = Elementwise.scale(x, 3f);
        List<Executable> uses = List.of(() -> Tensor.zeros(device, Shape.of(1), DType.F32), () -> Tensor.of(device, Shape.of(1), 1f), () -> x.write(4f, 5f, 6f),
                () -> ids.write(2), () -> x.writeInPlace(_ -> {}), () -> x.readInPlace(_ -> {}), x::toFloats, ids::toInts, () -> program.output(0).toFloats(),
                pending::toFloats,
                () -> Elementwise.scale(x, 2f), () -> Program.record(device, () -> List.of(Elementwise.scale(x, 4f))),
                () -> Program.plan(device, () -> List.of(Elementwise.scale(x, 4f))), program::run, device::synchronize, () -> device.profile(program, 1),
                device::use);
        CountDownLatch inUse = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1);
        Thread other = Thread.ofPlatform().name("the-other").start(() -> {
            try (Device.Use _ = device.use()) {
                inUse.countDown();
                done.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        inUse.await();
        try {
            for (int i = 0; i < uses.size(); i++) {
                String message = assertThrows(IllegalStateException.class, uses.get(i), "use " + i).getMessage();
                for (String part : List.of("'the-other'", "'" + Thread.currentThread().getName() + "'", "'" + device.name() + "'", "Predictor")) {
                    assertTrue(message.contains(part), message);
                }
            }
        } finally {
            done.countDown();
            other.join();
        }
        assertArrayEquals(new float[] {3, 6, 9}, pending.toFloats(), "nothing has changed meanwhile");
        assertArrayEquals(new float[] {2, 4, 6}, program.output(0).toFloats());
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void oneAfterTheOtherEveryThreadGetsItsAnswer(Device device) throws InterruptedException, ExecutionException {
        Tensor x = Tensor.zeros(device, Shape.of(2), DType.F32);
        Program program = Program.record(device, () -> List.of(Elementwise.scale(x, 2f)));
        try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 40; round++) {
                float value = round;
                Future<float[]> part = switch (round % 3) {
                    case 0 -> pool.submit(() -> {
                        x.write(value, -value);
                        program.run();
                        return program.output(0).toFloats();
                    });
                    case 1 -> {
                        x.write(value, -value);
                        yield pool.submit(() -> {
                            program.run();
                            return program.output(0).toFloats();
                        });
                    }
                    default -> {
                        pool.submit(() -> x.write(value, -value)).get();
                        program.run();
                        yield pool.submit(() -> program.output(0).toFloats());
                    }
                };
                assertArrayEquals(new float[] {2 * value, -2 * value}, part.get());
            }
        }
    }

    @Test
    void aLockOfTheUsersOwnWillDo() throws InterruptedException {
        Device device = DEVICES.getFirst();
        ReentrantLock lock = new ReentrantLock();
        Counts counts = stress(device, lock);
        assertEquals(THREADS * ROUNDS, counts.right.get(), counts.toString());
    }

    /** What came of many rounds in many threads. */
    private record Counts(AtomicInteger right, AtomicInteger refused, AtomicInteger wrong) {
    }

    /** Every thread writes inputs, runs and reads, each in a call of its own, so that others may come in between. */
    private static Counts stress(Device device, ReentrantLock lock) throws InterruptedException {
        Tensor x = Tensor.zeros(device, Shape.of(4), DType.F32);
        Tensor y = Tensor.zeros(device, Shape.of(4), DType.F32);
        Program program = Program.record(device, () -> List.of(Elementwise.add(Elementwise.scale(x, 2f), y)));
        Counts counts = new Counts(new AtomicInteger(), new AtomicInteger(), new AtomicInteger());
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int id = t;
            threads.add(Thread.ofPlatform().name("user-" + t).start(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    if (lock != null) {
                        lock.lock();
                    }
                    try {
                        float value = id * ROUNDS + round;
                        x.write(value, 0, 0, 0);
                        y.write(value, value, 0, 0);
                        program.run();
                        float[] result = program.output(0).toFloats();
                        (result[0] == 3 * value && result[1] == value ? counts.right : counts.wrong).incrementAndGet();
                    } catch (IllegalStateException e) {
                        counts.refused.incrementAndGet();
                    } finally {
                        if (lock != null) {
                            lock.unlock();
                        }
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return counts;
    }

    @ParameterizedTest(autoCloseArguments = false)
    @MethodSource("devices")
    void eightThreadsAtOnceGetRightAnswersOrExceptions(Device device) throws InterruptedException {
        Counts counts = stress(device, null);
        assertEquals(0, counts.wrong.get(), counts.toString());
        assertEquals(THREADS * ROUNDS, counts.right.get() + counts.refused.get(), "no thread died of anything else");
    }

    @Test
    void singleLaunchesOfEightThreadsAreRightOrRefused() throws InterruptedException {
        Device device = DEVICES.getFirst();
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            float value = t + 1;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    try {
                        Tensor x = Tensor.of(device, Shape.of(2), value, 1);
                        float[] result = Elementwise.add(Elementwise.mul(x, x), Elementwise.scale(x, 10f)).toFloats();
                        if (result[0] != value * value + 10 * value || result[1] != 11) {
                            wrong.incrementAndGet();
                        }
                    } catch (IllegalStateException e) {
                        assertTrue(e.getMessage().contains("the thread '"), e.getMessage());
                    }
                }
                ended.incrementAndGet();
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, wrong.get());
        assertEquals(THREADS, ended.get());
    }

    /** Runs a step in another thread while this one keeps going: to a device, neither waits for the other. */
    private static void meanwhile(Runnable step) throws InterruptedException {
        Thread other = Thread.ofPlatform().name("meanwhile").start(step);
        while (other.isAlive()) {
            Thread.onSpinWait();
        }
        other.join();
    }

    @Test
    void anInputThatAnotherThreadHasOverwrittenIsNotComputedWith() throws InterruptedException {
        Device device = DEVICES.getFirst();
        Tensor x = Tensor.zeros(device, Shape.of(1), DType.F32);
        Program program = Program.record(device, () -> List.of(Elementwise.scale(x, 2f)));
        for (Executable use : List.<Executable>of(program::run, x::toFloats, () -> Elementwise.scale(x, 5f))) {
            x.write(1f);
            meanwhile(() -> x.write(7f));
            String message = assertThrows(IllegalStateException.class, use).getMessage();
            assertTrue(message.contains("'" + Thread.currentThread().getName() + "'") && message.contains("'meanwhile'") && message.contains("overwritten"),
                    message);
        }
        x.write(3f);
        program.run();
        assertEquals(6f, program.output(0).item(), "written anew, it is this thread's again");
    }

    @Test
    void aResultThatAnotherThreadHasOverwrittenIsNotRead() throws InterruptedException {
        Device device = DEVICES.getFirst();
        Tensor x = Tensor.of(device, Shape.of(1), 4f);
        Program program = Program.record(device, () -> List.of(Elementwise.scale(x, 2f)));
        program.run();
        meanwhile(() -> {
            x.write(5f);
            program.run();
        });
        String message = assertThrows(IllegalStateException.class, () -> program.output(0).item()).getMessage();
        assertTrue(message.contains("'meanwhile'") && message.contains("results"), message);
        program.run();
        assertEquals(10f, program.output(0).item());
        meanwhile(() -> assertEquals(10f, program.output(0).item()));
    }

    @Test
    void aThreadThatWaitsHasHandedItsWorkOver() throws InterruptedException {
        Device device = DEVICES.getFirst();
        Tensor x = Tensor.zeros(device, Shape.of(1), DType.F32);
        Program program = Program.record(device, () -> List.of(Elementwise.scale(x, 2f)));
        x.write(1f);
        program.run();
        x.write(2f);
        Thread main = Thread.currentThread();
        Thread other = Thread.ofPlatform().start(() -> {
            while (main.getState() == Thread.State.RUNNABLE) {
                Thread.onSpinWait();
            }
            x.write(7f);
            program.run();
        });
        other.join();
        assertEquals(14f, program.output(0).item());
        program.run();
        assertEquals(14f, program.output(0).item());
    }

    @Test
    void anInputCheckRunsBeforeTheProgramAndOnlyWhereInputsChanged() {
        Device device = DEVICES.getFirst();
        Tensor x = Tensor.ofInts(device, Shape.of(1), 3);
        Tensor count = Tensor.zeros(device, Shape.of(1), DType.F32);
        AtomicInteger looks = new AtomicInteger();
        Program program = Program.record(device, () -> {
            Tensor.check(List.of(x), () -> {
                looks.incrementAndGet();
                if (x.hostInt(0) < 0) {
                    throw new IllegalArgumentException("below 0");
                }
            });
            Elementwise.addInto(count, Elementwise.fill(device, Shape.of(1), DType.F32, 1f));
            return List.of();
        });
        assertEquals(0, looks.get(), "what it holds while a program is recorded does not matter");
        program.run();
        program.run();
        assertEquals(1, looks.get());
        x.write(-1);
        assertThrows(IllegalArgumentException.class, program::run);
        assertThrows(IllegalArgumentException.class, program::run);
        x.write(5);
        program.run();
        assertEquals(3f, count.item(), "a refused run computes nothing");
    }
}
