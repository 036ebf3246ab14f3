// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** How gradients find their way through a graph, and what is refused. */
class BackwardTest {
    private static final Device DEVICE = JvmDevice.open(1);

    @AfterAll
    static void close() {
        DEVICE.close();
    }

    private static Tensor tensor(float... values) {
        return Tensor.of(DEVICE, Shape.of(values.length), values);
    }

    private static Variable leaf(float... values) {
        return Variable.leaf(tensor(values));
    }

    private static void assertGrad(Variable leaf, float... expected) {
        assertArrayEquals(expected, leaf.grad().toFloats());
    }

    @Test
    void gradientsOfTwoBackwardCallsAddUp() {
        Variable x = leaf(1, 2);
        F.sum(F.scale(x, 3)).backward();
        assertGrad(x, 3, 3);
        F.sum(F.mul(x, x)).backward();
        assertGrad(x, 5, 7);
    }

    @Test
    void zeroGradForgetsAndTheNextPassOverwrites() {
        Variable x = leaf(1, 2);
        assertNull(x.grad());
        F.sum(F.scale(x, 3)).backward();
        Tensor storage = x.grad();
        x.zeroGrad();
        assertNull(x.grad());
        F.sum(F.scale(x, 5)).backward();
        assertGrad(x, 5, 5);
        assertSame(storage, x.grad(), "the gradient's storage is used again");
    }

    @Test
    void gradientsOfWeightsAddUpInTheKernelsThemselves() {
        Variable x = Variable.leaf(Tensor.of(DEVICE, Shape.of(2, 2), 1, 2, 3, 4));
        Variable w = Variable.leaf(Tensor.of(DEVICE, Shape.of(1, 2), 5, 6));
        Variable b = leaf(7);
        for (int times = 1; times <= 3; times++) {
            F.sum(F.linear(x, w, b)).backward();
            assertGrad(x, 5 * times, 6 * times, 5 * times, 6 * times);
            assertGrad(w, 4 * times, 6 * times);
            assertGrad(b, 2 * times);
        }
    }

    @Test
    void sharedSubExpressionsAreVisitedOnceWithTheirWholeGradient() {
        // y = 2x is used by z = y^2 and u = 3y: d(z + u)/dx = (2y + 3) 2.
        Variable x = leaf(1, -2);
        Variable y = F.scale(x, 2);
        Variable z = F.mul(y, y);
        Variable u = F.scale(y, 3);
        F.sum(F.add(z, u)).backward();
        assertGrad(x, 14, -10);
    }

    @Test
    void diamondsOfDiamonds() {
        // Each level doubles, and a walk that took every path would need 2^60 steps.
        Variable x = leaf(1);
        Variable y = x;
        for (int i = 0; i < 60; i++) {
            y = F.add(y, y);
        }
        y.backward();
        assertGrad(x, 0x1p60f);
    }

    @Test
    void longAndShortPathsJoin() {
        Variable x = leaf(2);
        Variable longer = x;
        for (int i = 0; i < 5; i++) {
            longer = F.scale(longer, 2);
        }
        F.add(F.mul(longer, x), x).backward();
        // 32 x^2 + x
        assertGrad(x, 129);
    }

    @Test
    void oneVariableAsBothInputsOfAnOp() {
        Variable x = leaf(3, 4);
        F.sum(F.add(x, x)).backward();
        assertGrad(x, 2, 2);
        x.zeroGrad();
        F.sum(F.mul(x, x)).backward();
        assertGrad(x, 6, 8);
        x.zeroGrad();
        F.sum(F.sub(x, x)).backward();
        assertGrad(x, 0, 0);
    }

    @Test
    void addingInPlaceNeverChangesAGradientThatOthersHold() {
        // add hands one tensor to both inputs. a's gradient then grows by b's other use, before and after; b's must not.
        for (boolean firstUsedLater : new boolean[] {false, true}) {
            Variable x = leaf(1, 2);
            Variable w = leaf(3, 5);
            Variable a = F.scale(x, 1);
            Variable b = F.scale(w, 1);
            Variable early = F.scale(firstUsedLater ? b : a, 10);
            Variable sum = F.add(a, b);
            Variable late = F.scale(firstUsedLater ? a : b, 100);
            F.sum(F.add(F.add(early, sum), late)).backward();
            assertGrad(x, firstUsedLater ? new float[] {101, 101} : new float[] {11, 11});
            assertGrad(w, firstUsedLater ? new float[] {11, 11} : new float[] {101, 101});
        }
    }

    @Test
    void residualConnectionsKeepTheirGradients() {
        // h1 = h0 + 2 h0, h2 = h1 + 2 h1, ...: every add shares its gradient between the sum before it and the branch.
        Variable x = leaf(1);
        Variable h = x;
        for (int i = 0; i < 8; i++) {
            h = F.add(h, F.scale(h, 2));
        }
        h.backward();
        assertGrad(x, 6561);
    }

    /** y = w2 (w1 x) + x: once w2's backward is done, only x's sum holds y's gradient, and w1's backward adds to it in its kernel. */
    @Test
    void aSharedGradientIsAddedToOnceNobodyElseHoldsIt() {
        Variable input = Variable.leaf(Tensor.of(DEVICE, Shape.of(1, 2), 1, 2));
        Variable first = Variable.leaf(Tensor.of(DEVICE, Shape.of(2, 2), 1, 2, 3, 4));
        Variable second = Variable.leaf(Tensor.of(DEVICE, Shape.of(2, 2), 5, 6, 7, 8));
        Program program = Program.record(DEVICE, () -> {
            Variable x = F.scale(input, 2f);
            Variable y = F.add(F.linear(F.linear(x, first, null), second, null), x);
            F.sum(F.mul(y, y)).backward();
            return List.of(y.data());
        });
        program.run();
        // x = (2, 4), w1 x = (10, 22), w2 (w1 x) = (182, 246).
        assertArrayEquals(new float[] {184, 250}, program.output(0).toFloats());
        // dy = 2 y = (368, 500); w2^T dy = (5340, 6208); w1^T of that = (23964, 35512); dx = that + dy; dinput = 2 dx.
        assertGrad(input, 2 * (23964 + 368), 2 * (35512 + 500));
        assertEquals(2, program.launches().stream().filter(l -> l.kernel().name().startsWith("add")).count(),
                "the forward addition, and that of the product's two gradients of y");
    }

    @Test
    void theCallersGradientIsNeverChanged() {
        Tensor dy = tensor(1, 10);
        Variable x = leaf(1, 2);
        Variable y = F.scale(x, 1);
        F.add(F.add(y, y), F.add(y, F.reshape(y, 2))).backward(dy);
        assertGrad(x, 4, 40);
        assertArrayEquals(new float[] {1, 10}, dy.toFloats());
    }

    @Test
    void reshapedGradientsAreSharedSafely() {
        Variable x = leaf(1, 2, 3, 4);
        Variable y = F.scale(x, 1);
        Variable flat = F.reshape(y, 2, 2);
        Variable both = F.add(flat, F.scale(flat, 3));
        F.sum(F.add(F.reshape(both, 4), y)).backward();
        assertGrad(x, 5, 5, 5, 5);
    }

    @Test
    void backwardOfALeafIsTheGivenGradient() {
        Variable x = leaf(7);
        x.backward();
        assertGrad(x, 1);
        Variable y = leaf(1, 2);
        y.backward(tensor(3, 4));
        assertGrad(y, 3, 4);
    }

    @Test
    void gradientsOfHalfLeavesAreFloat() {
        Variable x = Variable.leaf(Tensor.of(DEVICE, Shape.of(2), DType.F16, 1, 2));
        Variable y = F.scale(x, 0.5f);
        assertEquals(DType.F16, y.dtype());
        for (int i = 0; i < 2; i++) {
            Variable sum = F.sum(F.scale(x, 2048));
            sum.backward();
        }
        F.sum(x).backward();
        assertEquals(DType.F32, x.grad().dtype());
        assertGrad(x, 4097, 4097);
    }

    @Test
    void secondBackwardThroughTheSameGraphIsRefused() {
        Variable x = leaf(1);
        Variable y = F.gelu(x);
        y.backward();
        float once = x.grad().item();
        String message = assertThrows(IllegalStateException.class, y::backward).getMessage();
        assertTrue(message.contains("gelu") && message.contains("second time"), message);
        assertEquals(once, x.grad().item());
        // A new op on a freed result runs into the same wall.
        Variable z = F.scale(y, 2);
        assertThrows(IllegalStateException.class, z::backward);
    }

    @Test
    void backwardOfATensorNeedsAGradient() {
        Variable y = F.scale(leaf(1, 2), 2);
        String message = assertThrows(IllegalArgumentException.class, y::backward).getMessage();
        assertTrue(message.contains("scalar") && message.contains("[2]"), message);
        assertThrows(IllegalArgumentException.class, () -> y.backward(tensor(1, 2, 3)));
        assertThrows(IllegalArgumentException.class, () -> y.backward(Tensor.of(DEVICE, Shape.of(2), DType.F16, 1, 2)));
    }

    @Test
    void backwardWithoutLeavesIsRefused() {
        Variable y = F.sum(Variable.constant(tensor(1, 2)));
        assertFalse(y.requiresGrad());
        assertThrows(IllegalStateException.class, y::backward);
    }

    @Test
    void integersHaveNoGradient() {
        assertThrows(IllegalArgumentException.class, () -> Variable.leaf(Tensor.ofInts(DEVICE, Shape.of(1), 1)));
    }

    @Test
    void parametersArePersistent() {
        Tensor result = F.scale(leaf(1), 2).data();
        String message = assertThrows(IllegalArgumentException.class, () -> new Parameter(result)).getMessage();
        assertTrue(message.contains("persistent"), message);
        assertTrue(new Parameter(tensor(1)).requiresGrad());
    }

    @Test
    void detachedValuesPassNoGradient() {
        Variable x = leaf(2);
        Variable y = F.scale(x, 3);
        assertFalse(y.detach().requiresGrad());
        F.mul(y, y.detach()).backward();
        assertGrad(x, 18);
    }

    @Test
    void longChainsNeedNoStack() {
        Variable x = leaf(1, 2, 3);
        Variable y = x;
        for (int i = 0; i < 10_000; i++) {
            y = F.scale(y, i % 2 == 0 ? 2f : 0.5f);
        }
        F.sum(y).backward();
        assertGrad(x, 1, 1, 1);
    }

    @Test
    void longChainsNeedNoStackInASmallThread() throws InterruptedException {
        Throwable[] thrown = new Throwable[1];
        Thread thread = new Thread(null, this::longChainsNeedNoStack, "small stack", 256 * 1024);
        thread.setUncaughtExceptionHandler((t, e) -> thrown[0] = e);
        thread.start();
        thread.join();
        assertNull(thrown[0]);
    }

    /** Launches that a backward pass records. */
    private static long launches(Supplier<Variable> forward) {
        Variable y = forward.get();
        Tensor dy = Tensor.zeros(DEVICE, y.shape(), y.dtype());
        long before = DEVICE.stats().launchesRecorded();
        y.backward(dy);
        return DEVICE.stats().launchesRecorded() - before;
    }

    @Test
    void nothingIsComputedForInputsWithoutGradient() {
        Variable m = Variable.leaf(Tensor.zeros(DEVICE, Shape.of(3, 3), DType.F32));
        Variable constM = Variable.constant(m.data());
        Variable v = leaf(1, 2, 3);
        Variable constV = Variable.constant(v.data());
        // Each of these writes the wanted gradient by one launch into the leaf, or by two: computed, then copied into the leaf.
        assertEquals(1, launches(() -> F.matmul(m, constM)));
        assertEquals(1, launches(() -> F.matmul(constM, m)));
        assertEquals(2, launches(() -> F.matmul(m, Variable.leaf(m.data()))));
        assertEquals(1, launches(() -> F.linear(m, constM, constV)));
        assertEquals(1, launches(() -> F.linear(constM, m, constV)));
        assertEquals(1, launches(() -> F.linear(constM, constM, v)));
        assertEquals(1, launches(() -> F.add(constM, v)));
        assertEquals(1, launches(() -> F.add(m, constV)));
        assertEquals(2, launches(() -> F.sub(constM, m)));
        assertEquals(1, launches(() -> F.sub(m, constM)));
        assertEquals(2, launches(() -> F.mul(m, constM)));
        assertEquals(2, launches(() -> F.mul(constM, m)));
        assertEquals(2, launches(() -> F.mul(m, constV)));
        assertEquals(2, launches(() -> F.mul(constM, v)));
        assertEquals(2, launches(() -> F.layerNorm(m, constV, constV, 1e-5f)));
        assertEquals(1, launches(() -> F.layerNorm(constM, v, constV, 1e-5f)));
        assertEquals(1, launches(() -> F.layerNorm(constM, constV, v, 1e-5f)));
    }

    @Test
    void constantBranchesAreNotWalked() {
        Variable x = leaf(1, 2);
        Variable constant = Variable.constant(tensor(3, 4));
        long one = launches(() -> F.add(F.scale(x, 2), F.scale(constant, 2)));
        long deep = launches(() -> F.add(F.scale(x, 2), F.gelu(F.tanh(F.relu(constant)))));
        assertEquals(one, deep);
    }

    @Test
    void gradientsOfOneLeafInManyOpsAreWrittenOnceThenAdded() {
        Variable w = Variable.leaf(Tensor.of(DEVICE, Shape.of(2, 2), 1, 2, 3, 4));
        Variable x = Variable.constant(Tensor.of(DEVICE, Shape.of(1, 2), 1, 1));
        Variable y = x;
        for (int i = 0; i < 3; i++) {
            y = F.matmul(y, w);
        }
        F.sum(y).backward();
        // f(W) = x W W W 1, by hand in exact integers: d f / dW = sum over positions of (left part)^T (right part)^T.
        float[] left0 = {1, 1};
        float[] left1 = {4, 6};
        float[] left2 = {22, 32};
        float[] right2 = {1, 1};
        float[] right1 = {3, 7};
        float[] right0 = {17, 37};
        float[] expected = new float[4];
        for (int i = 0; i < 2; i++) {
            for (int j = 0; j < 2; j++) {
                expected[2 * i + j] = left0[i] * right0[j] + left1[i] * right1[j] + left2[i] * right2[j];
            }
        }
        assertGrad(w, expected);
    }
}
