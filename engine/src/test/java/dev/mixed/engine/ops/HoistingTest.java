// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.DType;
import dev.mixed.engine.GpuTarget;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.random.Dropout;
import dev.mixed.engine.ops.random.RandomState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Half copies and draws that are made where the first of them is, against the reference kernels' launch for each in its place. */
class HoistingTest {
    private static final int[] SIZES = {1, 13, 4098, 207, 8193, 4096, 5, 77, 1, 2, 300};

    @Test
    void halfCopiesOfAllParametersAtOnce() {
        halfCopies(GpuTarget.PLAIN, "gpu.half_copies");
        halfCopies(GpuTarget.TURING, "wide.half_copies");
    }

    private static void halfCopies(GpuTarget target, String kernel) {
        List<String> ran = Lowered.check(target, d -> {
            List<Tensor> params = IntStream.range(0, SIZES.length).mapToObj(i -> Lowered.normal(d, DType.F32, 1 + i, SIZES[i])).toList();
            return () -> {
                List<Tensor> out = new ArrayList<>();
                for (Tensor p : params) {
                    out.add(Elementwise.add(Cast.to(p, DType.F16), Cast.to(p, DType.F16)));
                }
                return out;
            };
        }, 0);
        assertEquals(3, Collections.frequency(ran, kernel));
        assertEquals(14, ran.size());
    }

    /** A parameter that a launch writes has another half copy after it. */
    @Test
    void aHalfCopyOfWhatWasWrittenBeforeStaysInPlace() {
        List<String> ran = Lowered.check(d -> {
            Tensor p = Lowered.normal(d, DType.F32, 1, 13);
            Tensor q = Lowered.normal(d, DType.F32, 2, 13);
            return () -> {
                Tensor before = Cast.to(p, DType.F16);
                Tensor other = Cast.to(q, DType.F16);
                Elementwise.addInto(p, q);
                return List.of(before, other, Cast.to(p, DType.F16), Cast.to(q, DType.F16));
            };
        }, 0);
        assertEquals(List.of("gpu.half_copies", "gpu.add_into.f32", "gpu.cast.f32.f16"), ran);
    }

    /** What was read before must not be overwritten yet. */
    @Test
    void aHalfCopyIntoWhatWasReadBeforeStaysInPlace() {
        List<String> ran = Lowered.check(d -> {
            Tensor p = Lowered.normal(d, DType.F32, 1, 13);
            Tensor q = Lowered.normal(d, DType.F32, 2, 13);
            Tensor half = Lowered.normal(d, DType.F16, 3, 13);
            return () -> {
                Tensor copy = Cast.to(p, DType.F16);
                Tensor twice = Elementwise.add(half, half);
                Elementwise.copyInto(half, q);
                return List.of(copy, twice, Elementwise.add(half, copy));
            };
        }, 0);
        assertEquals(List.of("gpu.half_copies", "gpu.add.f16", "gpu.cast.f32.f16", "gpu.add.f16"), ran);
    }

    @Test
    void drawsOfOneStateAtOnce() {
        List<String> ran = Lowered.check(d -> {
            Tensor x = Lowered.normal(d, DType.F32, 1, 64);
            RandomState state = new RandomState(d, 0x123456789abcdefL);
            state.restore(-3, 0xFFFFFFFCL);
            RandomState other = new RandomState(d, 4);
            return () -> {
                List<Tensor> out = new ArrayList<>();
                for (int i = 0; i < 19; i++) {
                    Tensor snapshot = state.next();
                    out.add(snapshot);
                    out.add(Dropout.apply(x, 0.5f, i % 5 == 0 ? other.next() : snapshot));
                }
                return out;
            };
        }, 0);
        assertEquals(3, Collections.frequency(ran, "gpu.random_next"));
        assertEquals(22, ran.size());
    }
}
