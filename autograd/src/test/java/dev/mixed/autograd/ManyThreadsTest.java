// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.Optimizer;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Gradients of two threads never mix in silence. */
class ManyThreadsTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 200;

    private final Device device = JvmDevice.open(2);

    @AfterEach
    void close() {
        device.close();
    }

    private static void meanwhile(Runnable step) throws InterruptedException {
        Thread other = Thread.ofPlatform().name("meanwhile").start(step);
        while (other.isAlive()) {
            Thread.onSpinWait();
        }
        other.join();
    }

    /** Runs in another thread that is at work still when this one goes on, until the result is closed. */
    private static AutoCloseable atWork(Runnable step) {
        AtomicInteger stage = new AtomicInteger();
        Thread other = Thread.ofPlatform().name("at-work").start(() -> {
            step.run();
            stage.set(1);
            while (stage.get() == 1) {
                Thread.onSpinWait();
            }
        });
        while (stage.get() == 0) {
            Thread.onSpinWait();
        }
        return () -> {
            stage.set(2);
            other.join();
        };
    }

    private Parameter parameter() {
        return new Parameter(Tensor.of(device, Shape.of(2), 1, 2));
    }

    @Test
    void aGradientIsAddedToAnothersOnlyOnceThatOneIsDone() throws Exception {
        Parameter w = parameter();
        try (AutoCloseable _ = atWork(() -> F.sum(F.scale(w, 3f)).backward())) {
            String message = assertThrows(IllegalStateException.class, () -> F.sum(F.scale(w, 5f)).backward()).getMessage();
            assertTrue(message.contains("'at-work'") && message.contains("'" + Thread.currentThread().getName() + "'"), message);
        }
        F.sum(F.scale(w, 5f)).backward();
        assertArrayEquals(new float[] {8, 8}, w.grad().toFloats(), "it has ended: its gradient may be added to");
    }

    @Test
    void anOptimizerStepsWithItsOwnThreadsGradientsAlone() throws Exception {
        Parameter w = parameter();
        Optimizer sgd = new SGD(List.of(new ParameterGroup(Map.of("w", w), 0f)), 0.1f);
        try (AutoCloseable _ = atWork(() -> F.sum(F.scale(w, 3f)).backward())) {
            assertThrows(IllegalStateException.class, sgd::step);
        }
        sgd.zeroGrad();
        F.sum(F.scale(w, 3f)).backward();
        meanwhile(sgd::zeroGrad);
        String message = assertThrows(IllegalStateException.class, sgd::step).getMessage();
        assertTrue(message.contains("another thread"), message);
        assertArrayEquals(new float[] {1, 2}, w.data().toFloats());
        sgd.zeroGrad();
        F.sum(F.scale(w, 10f)).backward();
        sgd.step();
        assertArrayEquals(new float[] {0, 1}, w.data().toFloats(), 1e-6f);
    }

    @Test
    void eightThreadsWithLeavesOfTheirOwnGetTheirGradientsOrExceptions() throws InterruptedException {
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            float factor = t + 2;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < ROUNDS; round++) {
                    try {
                        Variable x = Variable.leaf(Tensor.of(device, Shape.of(2), factor, 1));
                        Variable loss = F.sum(F.mul(F.scale(x, factor), x));
                        loss.backward();
                        float[] gradient = x.grad().toFloats();
                        if (loss.data().item() != factor * (factor * factor + 1) || gradient[0] != 2 * factor * factor || gradient[1] != 2 * factor) {
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
}
