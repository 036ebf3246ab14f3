// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.mixed.autograd.Checkpoint;
import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The backward pass stands outside of the autocast scope, and computes a checkpointed part in the types that it had within. */
class CheckpointedAutocastTest {
    private static final int HIDDEN = 8, LAYERS = 3;

    private static Variable leaf(Device device, long seed, int... dims) {
        Random random = new Random(seed);
        Shape shape = Shape.of(dims);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Variable.leaf(Tensor.of(device, shape, values));
    }

    /** @param casts how many weights were rounded to half */
    private record Ran(float loss, List<float[]> gradients, List<Float> limits, long casts) {
    }

    private static Ran run(Precision precision, boolean checkpointed) {
        try (JvmDevice device = JvmDevice.open(1)) {
            Variable x = leaf(device, 1, 5, HIDDEN);
            RandomState random = new RandomState(device, 3);
            List<Variable> leaves = new ArrayList<>(List.of(x));
            List<Function<List<Variable>, Variable>> layers = new ArrayList<>();
            for (int i = 0; i < LAYERS; i++) {
                Variable q = leaf(device, 10 + i, HIDDEN, HIDDEN), down = leaf(device, 20 + i, HIDDEN, HIDDEN), gamma = leaf(device, 30 + i, HIDDEN);
                Variable beta = leaf(device, 40 + i, HIDDEN);
                leaves.addAll(List.of(q, down, gamma, beta));
                // The first two products share a half copy of the input where that is float.
                layers.add(
                        in -> F.layerNorm(F.add(F.dropout(F.linear(F.gelu(F.add(F.linear(in.getFirst(), q, null), F.linear(in.getFirst(), down, null))), down,
                                null), 0.2f, random), in.getFirst()), gamma, beta, 1e-5f));
            }
            Program program = Program.record(device, () -> {
                leaves.forEach(Variable::zeroGrad);
                Variable loss;
                try (Autocast _ = precision.scope(device)) {
                    Variable y = F.scale(x, 1f);
                    for (Function<List<Variable>, Variable> layer : layers) {
                        y = checkpointed ? Checkpoint.checkpoint(layer, y) : layer.apply(List.of(y));
                    }
                    loss = F.sum(F.mul(y, y));
                }
                assertFalse(Autocast.isEnabled(device));
                loss.backward();
                assertEquals(InputPolicy.NONE, InputPolicy.current());
                return List.of(loss.data());
            });
            program.run();
            program.run();
            return new Ran(program.output(0).toFloats()[0], leaves.stream().map(l -> Objects.requireNonNull(l.grad()).toFloats()).toList(),
                    leaves.stream().map(Variable::gradientLimit).toList(),
                    program.launches().stream().filter(l -> l.kernel().name().equals("cast.f32.f16") && l.buffers().getFirst().persistent()).count());
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void theSameBits(Precision precision) {
        Ran kept = run(precision, false);
        Ran again = run(precision, true);
        assertEquals(kept.loss, again.loss, 0f);
        assertEquals(kept.limits, again.limits);
        for (int i = 0; i < kept.gradients.size(); i++) {
            assertArrayEquals(kept.gradients.get(i), again.gradients.get(i), 0f, "gradient " + i);
        }
        assertEquals(precision == Precision.FP32 ? 0 : 2 * LAYERS, again.casts);
    }

    /** Ops that bring a rule of their own have it when they are computed again, and scopes within the part are as they were. */
    @Test
    void rulesAndScopesWithin() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Variable x = leaf(device, 1, 4, HIDDEN), w = leaf(device, 2, HIDDEN, HIDDEN);
            List<DType> types = new ArrayList<>();
            Function<List<Variable>, Variable> part = in -> {
                Variable own = Autocast.prepare("my_op", OpRule.HALF, in.getFirst())[0];
                types.add(own.dtype());
                types.add(F.linear(own, w, null).dtype());
                try (Autocast _ = Autocast.off(device)) {
                    types.add(F.linear(in.getFirst(), w, null).dtype());
                }
                types.add(Autocast.isEnabled(device) ? F.linear(in.getFirst(), w, null).dtype() : DType.I32);
                return F.linear(own, w, null);
            };
            Variable y;
            try (Autocast _ = Autocast.on(device)) {
                y = Checkpoint.checkpoint(part, x);
            }
            F.sum(y).backward();
            assertEquals(List.of(DType.F16, DType.F16, DType.F32, DType.F16), types.subList(0, 4));
            assertEquals(types.subList(0, 4), types.subList(4, types.size()));
        }
    }
}
