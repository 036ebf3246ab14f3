// SPDX-License-Identifier: Apache-2.0
package dev.mixed.amp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.autograd.InputPolicy;
import dev.mixed.autograd.NoGrad;
import dev.mixed.autograd.Parameter;
import dev.mixed.autograd.Variable;
import dev.mixed.autograd.functional.F;
import dev.mixed.autograd.optim.ParameterGroup;
import dev.mixed.autograd.optim.SGD;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Program;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Scopes, copies and gradients of autocast; what it does to each op is tested with the table of ops. */
class AutocastTest {
    private final Device device = JvmDevice.open(1);

    @AfterEach
    void close() {
        assertSame(InputPolicy.NONE, InputPolicy.current(), "no scope is left open");
        device.close();
    }

    private Tensor normal(int... dims) {
        Random random = new Random(dims.length + dims[0]);
        Shape shape = Shape.of(dims);
        float[] values = new float[shape.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(device, shape, values);
    }

    private DType typeOfMatmul(Variable a, Variable b) {
        return F.matmul(a, b).dtype();
    }

    @Test
    void autocast_nesting() {
        Variable a = Variable.constant(normal(4, 4));
        assertEquals(DType.F32, typeOfMatmul(a, a));
        assertFalse(Autocast.isEnabled(device));
        try (Autocast _ = Autocast.on(device)) {
            assertEquals(DType.F16, typeOfMatmul(a, a));
            try (Autocast _ = Autocast.off(device)) {
                assertFalse(Autocast.isEnabled(device));
                assertEquals(DType.F32, typeOfMatmul(a, a));
                try (Autocast _ = Autocast.on(device)) {
                    assertEquals(DType.F16, typeOfMatmul(a, a));
                }
                assertEquals(DType.F32, typeOfMatmul(a, a));
            }
            assertTrue(Autocast.isEnabled(device));
            assertEquals(DType.F16, typeOfMatmul(a, a));
        }
        assertEquals(DType.F32, typeOfMatmul(a, a));
    }

    @Test
    void scopesEndInOrderAndOnce() {
        Autocast outer = Autocast.on(device);
        Autocast inner = Autocast.off(device);
        assertThrows(IllegalStateException.class, outer::close);
        inner.close();
        inner.close();
        outer.close();
        outer.close();
        assertFalse(Autocast.isEnabled(device));
    }

    @Test
    void anExceptionLeavesNoScopeBehind() {
        assertThrows(IllegalArgumentException.class, () -> {
            try (Autocast _ = Autocast.on(device)) {
                F.matmul(Variable.constant(normal(2, 3)), Variable.constant(normal(2, 3)));
            }
        });
        assertFalse(Autocast.isEnabled(device));
    }

    @Test
    void autocast_is_confined_to_its_thread() {
        try (Autocast scope = Autocast.on(device)) {
            assertFalse(CompletableFuture.supplyAsync(() -> Autocast.isEnabled(device)).join());
            String message = CompletableFuture.supplyAsync(() -> assertThrows(IllegalStateException.class, scope::close).getMessage()).join();
            assertTrue(message.contains("thread"), message);
            assertTrue(Autocast.isEnabled(device));
        }
    }

    @Test
    void autocast_leaves_other_devices_alone() {
        try (JvmDevice other = JvmDevice.reference(); Autocast _ = Autocast.on(other)) {
            Variable a = Variable.constant(normal(4, 4));
            assertEquals(DType.F32, typeOfMatmul(a, a));
            assertTrue(Autocast.isEnabled(other));
        }
    }

    @Test
    void autocast_cast_cache() {
        Parameter weight = new Parameter(normal(5, 4));
        Variable x = Variable.constant(normal(3, 4));
        List<Launch> launches = Program.record(device, () -> {
            try (Autocast _ = Autocast.on(device)) {
                Variable half = F.cast(x, DType.F16);
                Variable y = F.linear(half, weight, null);
                Variable again = F.linear(half, weight, null);
                try (Autocast _ = Autocast.on(device)) {
                    assertEquals(y.dtype(), F.linear(half, weight, null).dtype());
                }
                assertEquals(1, AutocastState.ofThread().cachedCopies());
                return List.of(F.add(y, again).data());
            }
        }).launches();
        assertEquals(0, AutocastState.ofThread().cachedCopies(), "the cache is cleared with the outermost scope");
        assertEquals(1, casts(launches), "x by hand; the weight's copy is kept beside the program");
        assertNotNull(weight.data().buffer().half());
    }

    private static long casts(List<Launch> launches) {
        return launches.stream().filter(l -> l.kernel().name().equals("cast.f32.f16")).count();
    }

    /** PyTorch's {@code test_autocast_cache_leak}. */
    @Test
    void autocast_cache_leak() {
        Parameter weight = new Parameter(normal(4, 4));
        Variable x = Variable.constant(normal(3, 4));
        try (Autocast _ = Autocast.on(device); NoGrad _ = NoGrad.enter()) {
            for (int i = 0; i < 5; i++) {
                F.linear(F.linear(x, weight, null), weight, null);
                assertEquals(1, AutocastState.ofThread().cachedCopies());
            }
        }
    }

    /** The hidden state goes into three projections in half, and is rounded once. */
    @Test
    void oneHiddenStateIsRoundedOnceForSeveralProjections() {
        Parameter weight = new Parameter(normal(4, 4));
        Parameter other = new Parameter(normal(4, 4));
        Variable x = Variable.constant(normal(3, 4));
        List<Launch> launches = Program.record(device, () -> {
            try (Autocast _ = Autocast.on(device)) {
                return List.of(F.linear(x, weight, null).data(), F.linear(x, other, null).data(), F.linear(x, weight, null).data());
            }
        }).launches();
        assertEquals(1, casts(launches), "x once; the weights' copies are kept beside the program");
    }

    /** Frozen weights are used again between others, so each use asks for a copy; tied ones are one parameter in two places. */
    @Test
    void frozenAndTiedWeightsAreReadAsTheyAre() {
        Parameter frozen = new Parameter(normal(4, 4));
        frozen.setRequiresGrad(false);
        Parameter tied = new Parameter(normal(4, 4));
        Variable x = Variable.constant(normal(3, 4));
        Supplier<List<Tensor>> model = () -> {
            try (Autocast _ = Autocast.on(device)) {
                return List.of(F.linear(F.linear(F.linear(F.linear(x, frozen, null), tied, null), frozen, null), tied, null).data());
            }
        };
        Program program = Program.record(device, model);
        for (Parameter changed : List.of(frozen, tied, frozen)) {
            program.run();
            assertArrayEquals(model.get().getFirst().toFloats(), program.output(0).toFloats());
            Elementwise.addInto(changed.data(), normal(4, 4));
        }
        program.run();
        assertArrayEquals(model.get().getFirst().toFloats(), program.output(0).toFloats());
        assertEquals(0, program.launches().stream().filter(l -> l.uses(frozen.data().buffer()) || l.uses(tied.data().buffer())).count());
    }

    @Test
    void noCopyIsCarriedFromOneRecordingToAnother() {
        Parameter weight = new Parameter(normal(4, 4));
        Variable x = Variable.constant(normal(3, 4));
        try (Autocast _ = Autocast.on(device)) {
            Variable eager = F.linear(x, weight, null);
            Program first = Program.record(device, () -> List.of(F.linear(x, weight, null).data()));
            Program second = Program.record(device, () -> List.of(F.linear(x, weight, null).data()));
            assertEquals(1, casts(first.launches()));
            assertEquals(1, casts(second.launches()));
            second.run();
            assertArrayEquals(eager.data().toFloats(), second.output(0).toFloats());
            weight.data().write(new float[16]);
            second.run();
            assertArrayEquals(new float[12], second.output(0).toFloats(), "a replayed program rounds the weights of the day");
        }
    }

    @Test
    void copiesOfWeightsAreForgottenWhenTheOptimizerSteps() {
        Parameter weight = new Parameter(normal(4, 4));
        SGD optimizer = new SGD(List.of(new ParameterGroup(Map.of("weight", weight), 0f)), 1f);
        Variable x = Variable.constant(normal(3, 4));
        try (Autocast _ = Autocast.on(device)) {
            Variable before = F.linear(x, weight, null);
            F.sum(before).backward();
            optimizer.step();
            float[] stale = before.data().toFloats();
            float[] fresh = F.linear(x, weight, null).data().toFloats();
            assertNotEquals(stale[0], fresh[0]);
            try (Autocast _ = Autocast.off(device)) {
                Variable byHand = F.linear(F.cast(x, DType.F16), F.cast(Variable.constant(weight.data()), DType.F16), null);
                assertArrayEquals(byHand.data().toFloats(), fresh);
            }
        }
    }

    /** A weight's gradient is the float product of half factors: rounding it to half first would lose digits, and small ones altogether. */
    @Test
    void gradientsOfRoundedWeightsAreNotRounded() {
        Parameter weight = new Parameter(normal(2, 3));
        Parameter bias = new Parameter(normal(2));
        Tensor x = Tensor.of(device, Shape.of(2, 3), DType.F16, 1e-4f, 1f, 3f, 1e-4f, 1f, 0.001f);
        Variable y;
        try (Autocast _ = Autocast.on(device)) {
            y = F.linear(Variable.constant(x), weight, bias);
        }
        assertEquals(DType.F16, y.dtype());
        y.backward(Tensor.of(device, Shape.of(2, 2), DType.F16, 1e-4f, 2048f, 1f, 1f));
        assertEquals(DType.F32, weight.grad().dtype());
        float[] h = x.toFloats();
        double tiny = Float.float16ToFloat(Float.floatToFloat16(1e-4f));
        double[] expected = new double[6];
        for (int j = 0; j < 3; j++) {
            expected[j] = tiny * h[j] + h[3 + j];
            expected[3 + j] = 2048.0 * h[j] + h[3 + j];
        }
        float[] gradient = weight.grad().toFloats();
        for (int i = 0; i < 6; i++) {
            assertEquals(expected[i], gradient[i], 1e-6 * Math.abs(expected[i]));
            double rounded = Float.float16ToFloat(Float.floatToFloat16(gradient[i]));
            if (i == 0) {
                assertNotEquals(rounded, gradient[i], "the example is one that half can't hold");
            }
        }
        assertEquals(2049f, bias.grad().toFloats()[1], "half would have 2048");
    }

    @Test
    void gradientsOfARoundedWeightUsedTwiceAddUpInFloat() {
        Parameter weight = new Parameter(Tensor.of(device, Shape.of(1, 1), 1f));
        Variable x = Variable.constant(Tensor.of(device, Shape.of(1, 1), DType.F16, 1f));
        Variable big;
        Variable small;
        try (Autocast _ = Autocast.on(device)) {
            big = F.linear(x, weight, null);
            small = F.linear(x, weight, null);
        }
        big.backward(Tensor.of(device, Shape.of(1, 1), DType.F16, 4096f));
        small.backward(Tensor.of(device, Shape.of(1, 1), DType.F16, 1f));
        assertEquals(4097f, weight.grad().item(), "half would have 4096");
    }

    /** Gradients of a float activation that was rounded for several ops meet in float. */
    @Test
    void gradientsOfARoundedActivationAddUpInFloat() {
        Parameter p = new Parameter(Tensor.of(device, Shape.of(1, 1), 1f));
        Variable one = Variable.constant(Tensor.of(device, Shape.of(1, 1), 1f));
        Variable sum;
        try (Autocast _ = Autocast.on(device)) {
            Variable activation = F.scale(p, 1f);
            Variable big = F.scale(F.linear(activation, one, null), 4096f);
            Variable small = F.linear(activation, one, null);
            sum = F.add(F.cast(big, DType.F32), F.cast(small, DType.F32));
        }
        sum.backward(Tensor.of(device, Shape.of(1, 1), 1f));
        assertEquals(4097f, p.grad().item(), "half would have 4096");
    }

    @Test
    void backwardRunsInTheTypesOfTheForwardPass() {
        Parameter weight = new Parameter(normal(4, 4));
        Variable x = Variable.leaf(normal(3, 4));
        Variable loss;
        try (Autocast _ = Autocast.on(device)) {
            loss = F.sum(F.gelu(F.linear(x, weight, null)));
        }
        Program backward = Program.record(device, () -> {
            loss.backward();
            return List.of();
        });
        List<String> kernels = backward.launches().stream().map(l -> l.kernel().name()).toList();
        assertTrue(kernels.contains("matmul.f16_f32") && !kernels.contains("matmul.f32"), kernels.toString());
        assertTrue(kernels.stream().anyMatch(k -> k.startsWith("gelu") && k.contains("f16")), kernels.toString());
    }

    /** With the residual policy, rows of a float table are stored as half, and their gradients added to it in float. */
    @Test
    void halfResidualPolicyStoresEmbeddingsInHalf() {
        Parameter table = new Parameter(normal(3, 4));
        Tensor ids = Tensor.ofInts(device, Shape.of(2), 1, 1);
        Variable rows;
        try (Autocast _ = Autocast.on(device, AutocastPolicy.HALF_RESIDUAL)) {
            rows = F.embedding(table, ids);
            assertEquals(0, AutocastState.ofThread().cachedCopies(), "the table is not copied");
            try (Autocast _ = Autocast.off(device)) {
                assertEquals(DType.F32, F.embedding(table, ids).dtype());
            }
        }
        assertArrayEquals(F.cast(F.embedding(table, ids), DType.F16).data().toFloats(), rows.data().toFloats());
        assertEquals(DType.F16, rows.dtype());
        rows.backward(Tensor.of(device, Shape.of(2, 4), DType.F16, 4096f, 1f, 1f, 1f, 1f, 1f, 1f, 1f));
        assertEquals(4097f, table.grad().toFloats()[4]);
    }

    /** With the residual policy, layer norm keeps half storage, and its statistics and parameters stay float. */
    @Test
    void halfResidualPolicyKeepsLayerNormInHalf() {
        Parameter gamma = new Parameter(normal(4));
        Parameter beta = new Parameter(normal(4));
        Variable x = Variable.leaf(normal(3, 4));
        Variable y;
        try (Autocast _ = Autocast.on(device, AutocastPolicy.HALF_RESIDUAL)) {
            y = F.layerNorm(x, gamma, beta, 1e-12f);
            assertEquals(DType.F16, y.dtype());
            assertEquals(DType.F16, F.add(F.linear(y, new Parameter(normal(4, 4)), null), y).dtype());
            assertEquals(2, AutocastState.ofThread().cachedCopies(), "x, which is a leaf, and the linear layer's weight, but not gamma or beta");
        }
        F.sum(y).backward();
        assertEquals(DType.F32, gamma.grad().dtype());
        assertEquals(DType.F32, x.grad().dtype());
    }
}
