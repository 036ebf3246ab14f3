// SPDX-License-Identifier: Apache-2.0
package dev.mixed.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.functional.F;
import dev.mixed.engine.MemoryPlan;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.random.RandomState;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CheckpointTest {
    private static final int ROWS = 6, HIDDEN = 8, WIDE = 24, LAYERS = 6;

    private final JvmDevice device = JvmDevice.open(1);

    @AfterEach
    void close() {
        device.close();
    }

    private Variable leaf(long seed, int... dims) {
        Random random = new Random(seed);
        Shape shape = Shape.of(dims);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Variable.leaf(Tensor.of(device, shape, values));
    }

    /** A model of layers with dropout, some of which are checkpointed. */
    private final class Model {
        final Variable x = leaf(1, ROWS, HIDDEN);
        final List<Variable> leaves = new ArrayList<>(List.of(x));
        final List<Function<List<Variable>, Variable>> layers = new ArrayList<>();
        final RandomState random = new RandomState(device, 7);

        Model() {
            for (int i = 0; i < LAYERS; i++) {
                Variable up = leaf(10 + i, WIDE, HIDDEN), bias = leaf(20 + i, WIDE), down = leaf(30 + i, HIDDEN, WIDE), gamma = leaf(40 + i, HIDDEN);
                Variable beta = leaf(50 + i, HIDDEN);
                leaves.addAll(List.of(up, bias, down, gamma, beta));
                layers.add(in -> {
                    Variable h = F.dropout(F.gelu(F.linear(in.getFirst(), up, bias)), 0.3f, random);
                    return F.layerNorm(F.add(F.dropout(F.linear(h, down, null), 0.2f, random), in.getFirst()), gamma, beta, 1e-5f);
                });
            }
        }

        Variable forward(boolean checkpointed) {
            Variable y = F.scale(x, 2f);
            for (Function<List<Variable>, Variable> layer : layers) {
                y = checkpointed ? Checkpoint.checkpoint(layer, y) : layer.apply(List.of(y));
            }
            return F.sum(F.mul(y, y));
        }

        List<float[]> gradients() {
            return leaves.stream().map(l -> Objects.requireNonNull(l.grad(), "each leaf has a gradient").toFloats()).toList();
        }
    }

    private static void assertSame(List<float[]> expected, List<float[]> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), actual.get(i), 0f, "gradient " + i);
        }
    }

    /** Two steps, so that the random numbers after a checkpointed one are those after any other. */
    @Test
    void theSameBitsWithDropout() {
        Model kept = new Model();
        Model again = new Model();
        for (int step = 0; step < 2; step++) {
            Variable expected = kept.forward(false);
            Variable actual = again.forward(true);
            expected.backward();
            actual.backward();
            assertEquals(expected.data().item(), actual.data().item(), 0f);
            assertSame(kept.gradients(), again.gradients());
        }
        assertEquals(kept.random.counter(), again.random.counter());
    }

    @Test
    void aProgramTakesLessMemory() {
        Model kept = new Model();
        Model again = new Model();
        MemoryPlan all = program(kept, false).plan();
        Program less = program(again, true);
        // Without checkpoints a layer keeps what two wide and four narrow tensors take; with them, its input.
        long wide = 4L * ROWS * WIDE, narrow = 4L * ROWS * HIDDEN;
        assertTrue(less.plan().plannedBytes() <= all.plannedBytes() - (LAYERS - 2) * (wide + narrow),
                less.plan().plannedBytes() + " bytes, " + all.plannedBytes() + " without");
        less.run();
        less.run();
        kept.forward(false);
        kept.leaves.forEach(Variable::zeroGrad);
        kept.forward(false).backward();
        assertSame(kept.gradients(), again.gradients());
    }

    private Program program(Model model, boolean checkpointed) {
        return Program.record(device, () -> {
            model.leaves.forEach(Variable::zeroGrad);
            Variable loss = model.forward(checkpointed);
            loss.backward();
            return List.of(loss.data());
        });
    }

    @Test
    void withinOneAnother() {
        Model kept = new Model();
        Model again = new Model();
        kept.forward(false).backward();
        Function<List<Variable>, Variable> both = in -> Checkpoint.checkpoint(again.layers.get(1),
                Checkpoint.checkpoint(again.layers.getFirst(), in.getFirst()));
        Variable y = Checkpoint.checkpoint(both, F.scale(again.x, 2f));
        for (int i = 2; i < LAYERS; i++) {
            y = Checkpoint.checkpoint(again.layers.get(i), y);
        }
        F.sum(F.mul(y, y)).backward();
        assertSame(kept.gradients(), again.gradients());
    }

    @Test
    void severalInputsAndOnesOfWhichNoGradientIsWanted() {
        for (boolean checkpointed : new boolean[] {false, true}) {
            Variable a = leaf(1, 5), b = leaf(2, 5), unused = leaf(3, 5);
            Variable constant = Variable.constant(leaf(4, 5).data());
            Variable twice = F.add(a, b);
            Function<List<Variable>, Variable> f = in -> F.add(F.mul(in.get(0), in.get(1)), F.mul(in.get(2), in.get(1)));
            Variable y = checkpointed ? Checkpoint.checkpoint(f, twice, b, constant, unused) : f.apply(List.of(twice, b, constant, unused));
            // What else uses an input adds to its gradient.
            F.sum(F.add(y, twice)).backward();
            float[] as = a.data().toFloats(), bs = b.data().toFloats(), cs = constant.data().toFloats();
            for (int i = 0; i < 5; i++) {
                assertEquals(bs[i] + 1, Objects.requireNonNull(a.grad()).toFloats()[i], 1e-6f);
                assertEquals(as[i] + 2 * bs[i] + cs[i] + 1, Objects.requireNonNull(b.grad()).toFloats()[i], 1e-5f);
            }
            assertNull(unused.grad());
        }
    }

    /** The gradient of an input may be that of the output itself, which others use too. */
    @Test
    void anIdentity() {
        Variable x = leaf(1, 4);
        Variable h = F.scale(x, 2f);
        Variable y = Checkpoint.checkpoint(List::getFirst, h);
        Variable z = Checkpoint.checkpoint(in -> F.add(in.get(0), in.get(1)), y, y);
        F.sum(F.add(F.add(z, y), h)).backward();
        assertArrayEquals(new float[] {8, 8, 8, 8}, Objects.requireNonNull(x.grad()).toFloats(), 0f);
    }

    @Test
    void withoutGradientsItIsTheFunction() {
        Model model = new Model();
        try (NoGrad _ = NoGrad.enter()) {
            assertFalse(model.forward(true).requiresGrad());
        }
        Variable constant = Checkpoint.checkpoint(in -> F.scale(in.getFirst(), 2f), Variable.constant(leaf(1, 3).data()));
        F.sum(constant).backward();
        assertEquals(2 * leaf(1, 3).data().toFloats()[0], constant.data().toFloats()[0], 0f);
    }

    /** The backward pass computes with gradients, though whoever calls it may have turned them off. */
    @Test
    void backwardWithinNoGrad() {
        Model kept = new Model();
        Model again = new Model();
        kept.forward(false).backward();
        Variable loss = again.forward(true);
        try (NoGrad _ = NoGrad.enter()) {
            loss.backward();
            assertFalse(F.scale(again.x, 2f).requiresGrad(), "gradients are off still");
        }
        assertSame(kept.gradients(), again.gradients());
    }

    @Test
    void whatTheFunctionTakesFromOutsideIsRefused() {
        Variable x = leaf(1, 3);
        Variable h = F.scale(x, 2f);
        Variable y = Checkpoint.checkpoint(in -> F.mul(in.getFirst(), h), x);
        IllegalStateException e = assertThrows(IllegalStateException.class, F.sum(y)::backward);
        assertTrue(e.getMessage().contains("none of its inputs"), e.getMessage());
    }

    @Test
    void otherDrawsTheSecondTimeAreRefused() {
        RandomState random = new RandomState(device, 1);
        Variable x = leaf(1, 3);
        int[] calls = {0};
        Variable y = Checkpoint.checkpoint(in -> calls[0]++ == 0 ? in.getFirst() : F.dropout(in.getFirst(), 0.5f, random), x);
        assertThrows(IllegalStateException.class, F.sum(y)::backward);
        // Nothing of it is left over.
        long before = random.counter();
        random.next();
        assertNotEquals(before, random.counter());
    }

    @Test
    void anotherShapeTheSecondTimeIsRefused() {
        Variable x = leaf(1, 4);
        int[] calls = {0};
        Variable y = Checkpoint.checkpoint(in -> calls[0]++ == 0 ? in.getFirst() : F.reshape(in.getFirst(), 2, 2), x);
        assertThrows(IllegalStateException.class, F.sum(y)::backward);
    }
}
