// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.flat.FlatRow;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** Programs that tell, as they run, which tensors are complete. */
class ProgramPartsTest {
    private static Tensor of(Device device, float value) {
        return Tensor.of(device, Shape.of(1), value);
    }

    @Test
    void eachGroupIsToldOfOnceItsLastLaunchHasRunAndNotLater() {
        try (JvmDevice device = JvmDevice.reference()) {
            Tensor a = of(device, 1);
            Tensor b = of(device, 1);
            Tensor c = of(device, 1);
            Tensor untouched = of(device, 5);
            List<List<Tensor>> groups = List.of(List.of(untouched), List.of(a, b), List.of(c));
            Program program = Program.record(device, () -> {
                Elementwise.addInto(a, a);
                Elementwise.addInto(c, c);
                Elementwise.addInto(b, b);
                Elementwise.addInto(a, a);
                Elementwise.addInto(c, c);
                return List.of();
            }, () -> groups);
            List<String> seen = new ArrayList<>();
            IntConsumer noting = group -> seen.add(group + ": " + a.item() + " " + b.item() + " " + c.item());
            program.start(noting);
            // What nothing writes is told of after the first launch.
            assertEquals(List.of("0: 2.0 1.0 1.0", "1: 4.0 2.0 2.0", "2: 4.0 2.0 4.0"), seen);
            seen.clear();
            program.start(noting);
            assertEquals(List.of("0: 8.0 2.0 4.0", "1: 16.0 4.0 8.0", "2: 16.0 4.0 16.0"), seen);
        }
    }

    @Test
    void aGroupIsNoEarlierThanThoseBefore() {
        try (JvmDevice device = JvmDevice.reference()) {
            Tensor early = of(device, 1);
            Tensor late = of(device, 1);
            Program program = Program.record(device, () -> {
                Elementwise.addInto(early, early);
                Elementwise.addInto(late, late);
                return List.of();
            }, () -> List.of(List.of(late), List.of(early)));
            List<Integer> order = new ArrayList<>();
            program.start(order::add);
            assertEquals(List.of(0, 1), order);
            program.run();
            assertEquals(4f, late.item());
        }
    }

    @Test
    void resultsAreThoseOfOnePart() {
        try (JvmDevice device = JvmDevice.reference()) {
            Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
            Tensor y = Tensor.zeros(device, Shape.of(3), DType.F32);
            Program program = Program.record(device, () -> {
                Tensor sum = Elementwise.add(x, x);
                Elementwise.addInto(y, sum);
                return List.of(Elementwise.add(sum, y));
            }, () -> List.of(List.of(y)));
            program.run();
            program.run();
            assertArrayEquals(new float[] {6, 12, 18}, program.output(0).toFloats());
        }
    }

    /** Kernels that take tensors from a table do not name them: only after the whole program is it known that they are written. */
    @Test
    void tensorsOfATableAreCompleteAtTheEnd() {
        try (EmulatedGpu device = new EmulatedGpu(GpuTarget.TURING)) {
            List<Tensor> tensors = List.of(Tensor.of(device, Shape.of(2), 1, 1.0001f), Tensor.of(device, Shape.of(1), 7));
            FlatRow halves = new FlatRow(tensors, DType.F16);
            Tensor after = of(device, 1);
            Program program = Program.record(device, () -> {
                halves.pack();
                halves.unpack();
                Elementwise.addInto(after, after);
                return List.of();
            }, () -> List.of(tensors));
            List<Float> seen = new ArrayList<>();
            program.start(_ -> seen.add(after.item()));
            assertEquals(List.of(2f), seen);
            assertArrayEquals(new float[] {1, 1}, tensors.getFirst().toFloats());
        }
    }
}
