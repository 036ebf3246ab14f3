// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.Device;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scopes without gradients, and what a graph keeps alive. */
class NoGradTest {
    private final Device device = JvmDevice.open(1);
    private final Variable x = Variable.leaf(Tensor.of(device, Shape.of(2), 1, 2));

    @AfterEach
    void close() {
        assertFalse(NoGrad.active(), "a scope was left open");
        device.close();
    }

    @Test
    void resultsInsideAreConstants() {
        Variable inside;
        try (NoGrad _ = NoGrad.enter()) {
            inside = F.scale(x, 2);
            assertTrue(x.requiresGrad(), "leaves keep what they are");
        }
        assertFalse(inside.requiresGrad());
        assertNull(inside.creator(), "no graph is kept");
        assertArrayEquals(new float[] {2, 4}, inside.data().toFloats());
        assertThrows(IllegalStateException.class, () -> inside.backward(Tensor.of(device, Shape.of(2), 1, 1)));
        assertTrue(F.scale(x, 2).requiresGrad());
    }

    @Test
    void scopesNest() {
        try (NoGrad _ = NoGrad.enter()) {
            try (NoGrad _ = NoGrad.enter()) {
                assertFalse(F.scale(x, 2).requiresGrad());
            }
            assertFalse(F.scale(x, 2).requiresGrad(), "the outer scope still holds");
        }
        assertTrue(F.scale(x, 2).requiresGrad());
    }

    @Test
    void closingTwiceCountsOnce() {
        NoGrad outer = NoGrad.enter();
        NoGrad inner = NoGrad.enter();
        inner.close();
        inner.close();
        assertFalse(F.scale(x, 2).requiresGrad());
        outer.close();
        assertTrue(F.scale(x, 2).requiresGrad());
    }

    @Test
    void scopesEndWithAnException() {
        assertThrows(IllegalArgumentException.class, () -> {
            try (NoGrad _ = NoGrad.enter()) {
                F.permute(x, 0, 0);
            }
        });
        assertTrue(F.scale(x, 2).requiresGrad());
    }

    @Test
    void scopesHoldForOneThread() throws InterruptedException, ExecutionException {
        try (ExecutorService other = Executors.newSingleThreadExecutor(); NoGrad _ = NoGrad.enter()) {
            // A device serves one thread at a time: this one waits.
            assertTrue(other.submit(() -> F.scale(x, 2).requiresGrad()).get());
            NoGrad elsewhere = other.submit(NoGrad::enter).get();
            assertFalse(F.scale(x, 2).requiresGrad());
            assertThrows(IllegalStateException.class, elsewhere::close, "only the thread that entered a scope can leave it");
            assertFalse(F.scale(x, 2).requiresGrad(), "this thread's scope is untouched");
            assertFalse(other.submit(() -> F.scale(x, 2).requiresGrad()).get());
            other.submit(elsewhere::close).get();
            assertTrue(other.submit(() -> F.scale(x, 2).requiresGrad()).get());
        }
    }

    @Test
    void backwardOfAnEarlierGraphWorksInside() {
        Variable y = F.sum(F.mul(x, x));
        try (NoGrad _ = NoGrad.enter()) {
            y.backward();
        }
        assertArrayEquals(new float[] {2, 4}, x.grad().toFloats());
    }

    @Test
    void activationsInsideAreFreed() {
        List<WeakReference<Variable>> hidden = new ArrayList<>();
        Variable y;
        try (NoGrad _ = NoGrad.enter()) {
            y = geluOfHidden(hidden);
        }
        device.synchronize();
        assertCollected(hidden);
        assertEquals(2, y.data().toFloats().length);
    }

    @Test
    void backwardFreesTheGraph() {
        List<WeakReference<Variable>> hidden = new ArrayList<>();
        Variable loss = F.sum(geluOfHidden(hidden));
        loss.backward();
        device.synchronize();
        assertCollected(hidden);
        assertTrue(loss.requiresGrad());
    }

    /** In a method of its own, so that no local variable keeps the hidden value alive. */
    private Variable geluOfHidden(List<WeakReference<Variable>> hidden) {
        Variable h = F.scale(x, 2);
        hidden.add(new WeakReference<>(h));
        return F.gelu(h);
    }

    private static void assertCollected(List<WeakReference<Variable>> references) {
        assertEquals(1, references.size());
        for (int i = 0; i < 50 && references.getFirst().get() != null; i++) {
            System.gc();
        }
        assertNull(references.getFirst().get(), "still reachable");
    }
}
