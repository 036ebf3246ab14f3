// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.ops.Lowered;
import dev.mixed.engine.ops.gelu.Gelu;
import dev.mixed.engine.ops.layernorm.LayerNorm;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.ops.pointwise.Broadcast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.tornado.GpuLowerings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values that are computed again rather than kept: the same bits, in less memory. */
class RecomputingTest {
    private static final int ROWS = 24, HIDDEN = 64, WIDE = 128, LAYERS = 5;

    /** What a body computed, and in how much memory. */
    private record Ran(List<float[]> values, MemoryPlan plan, List<String> kernels) {
        long count(String kernel) {
            return kernels.stream().filter(kernel::equals).count();
        }
    }

    private static Ran run(GpuTarget target, Recomputing recomputing, Function<Device, Supplier<List<Tensor>>> ops) {
        try (EmulatedGpu device = new EmulatedGpu(GpuLowerings.all(target), recomputing)) {
            Program program = Program.record(device, ops.apply(device));
            program.run();
            program.run();
            return new Ran(program.outputs().stream().map(Tensor::toFloats).toList(), program.plan(),
                    program.launches().stream().map(l -> l.kernel().name()).toList());
        }
    }

    private static Recomputing all(GpuTarget target) {
        return Recomputing.always(GpuLowerings.recomputations(target));
    }

    /** Feed-forward parts of a transformer, one after the other, whose values are used once more from the last to the first. */
    private static Supplier<List<Tensor>> layers(Device d) {
        Tensor x0 = Lowered.normal(d, DType.F16, 1, ROWS, HIDDEN);
        Tensor up = Lowered.normal(d, DType.F16, 2, WIDE, HIDDEN);
        Tensor bias = Lowered.normal(d, DType.F16, 3, WIDE);
        Tensor down = Lowered.normal(d, DType.F16, 4, HIDDEN, WIDE);
        Tensor gamma = Lowered.normal(d, DType.F32, 5, HIDDEN);
        Tensor beta = Lowered.normal(d, DType.F32, 6, HIDDEN);
        Tensor snapshot = Tensor.ofInts(d, Shape.of(4), 1, 2, 3, 4);
        return () -> {
            Tensor x = x0;
            List<Tensor> inputs = new ArrayList<>();
            List<Tensor> wide = new ArrayList<>();
            List<Tensor> activated = new ArrayList<>();
            List<Tensor> sums = new ArrayList<>();
            List<LayerNorm.Result> norms = new ArrayList<>();
            for (int i = 0; i < LAYERS; i++) {
                Tensor z = Matmul.matmul(x, up, false, true);
                Broadcast.addInto(z, bias);
                Tensor h = Gelu.exact(z);
                Tensor sum = Elementwise.add(Dropout.apply(Matmul.matmul(h, down, false, true), 0.1f, snapshot), x);
                inputs.add(x);
                wide.add(z);
                activated.add(h);
                sums.add(sum);
                norms.add(LayerNorm.forward(sum, gamma, beta, 1e-5f));
                x = norms.getLast().y();
                pause(x);
            }
            List<Tensor> results = new ArrayList<>();
            for (int i = LAYERS - 1; i >= 0; i--) {
                x = LayerNorm.backward(sums.get(i), gamma, norms.get(i), x);
                Tensor dh = Matmul.matmul(x, down, false, false);
                results.add(Matmul.matmul(x, activated.get(i), true, false));
                Tensor dz = Gelu.exactBackward(wide.get(i), dh);
                results.add(Matmul.matmul(dz, inputs.get(i), true, false));
                x = Elementwise.add(Matmul.matmul(dz, up, false, false), x);
            }
            return results;
        };
    }

    /** Launches that stand between two uses of a value. */
    private static void pause(Tensor x) {
        for (int i = 0; i < 24; i++) {
            Elementwise.scale(x, 1f);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {75, 80, 90})
    void theSameBitsInLessMemory(int capability) {
        GpuTarget target = new GpuTarget("cuda", capability);
        Ran kept = run(target, Recomputing.NOTHING, RecomputingTest::layers);
        Ran again = run(target, all(target), RecomputingTest::layers);
        assertEquals(0, kept.count("wide.gelu.f16") + kept.count("wide.normalize.f16"));
        assertEquals(LAYERS, again.count("wide.gelu.f16"));
        assertEquals(LAYERS - 1, again.count("wide.normalize.f16"), "all but the last, which is used at once");
        long activated = 2L * ROWS * WIDE;
        long normalized = 2L * ROWS * HIDDEN;
        assertTrue(again.plan.plannedBytes() <= kept.plan.plannedBytes() - (LAYERS - 2) * (activated + normalized),
                again.plan.plannedBytes() + " bytes, " + kept.plan.plannedBytes() + " without");
        for (int i = 0; i < kept.values.size(); i++) {
            assertArrayEquals(kept.values.get(i), again.values.get(i), 0f, "result " + i);
        }
    }

    @Test
    void smallProgramsKeepAll() {
        Ran ran = run(GpuTarget.TURING, Recomputing.by(GpuLowerings.recomputations(GpuTarget.TURING)), RecomputingTest::layers);
        assertEquals(0, ran.count("wide.gelu.f16") + ran.count("wide.normalize.f16"));
    }

    /** x and GELU(x), x changed where {@code changing}, a pause, and GELU(x) once more. */
    private static Supplier<List<Tensor>> twice(Device d, boolean changing, boolean needed, boolean output) {
        Tensor input = Lowered.normal(d, DType.F16, 1, 5, 16);
        return () -> {
            Tensor x = Elementwise.scale(input, 2f);
            Tensor y = Gelu.exact(x);
            Tensor first = Elementwise.scale(y, 3f);
            if (changing) {
                Elementwise.addInto(x, input);
            }
            pause(first);
            Tensor second = Elementwise.scale(y, 4f);
            Tensor last = needed ? Elementwise.scale(x, 5f) : first;
            return output ? List.of(first, second, last, y) : List.of(first, second, last);
        };
    }

    @Test
    void onlyWhatIsThereStillIsComputedFrom() {
        assertEquals(2, gelus(false, true, false), "x is there, and the same");
        assertEquals(1, gelus(true, true, false), "x has changed");
        assertEquals(1, gelus(false, false, false), "x would have to be kept instead");
        assertEquals(1, gelus(false, true, true), "the caller has the result");
    }

    private static long gelus(boolean changing, boolean needed, boolean output) {
        Ran kept = run(GpuTarget.AMPERE, Recomputing.NOTHING, d -> twice(d, changing, needed, output));
        Ran again = run(GpuTarget.AMPERE, all(GpuTarget.AMPERE), d -> twice(d, changing, needed, output));
        for (int i = 0; i < kept.values.size(); i++) {
            assertArrayEquals(kept.values.get(i), again.values.get(i), 0f, "result " + i);
        }
        return again.count("wide.gelu.f16");
    }

    @Test
    void withoutIntrinsicsAllIsKept() {
        assertEquals(List.of(), GpuLowerings.recomputations(GpuTarget.PLAIN));
    }
}
