// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.pointwise.Relu;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPlanTest {
    private static final int SIZE = 1000;

    @Test
    void aLongChainTakesTwoSlots() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = ramp(device, SIZE);
            Program program = Program.record(device, () -> {
                Tensor y = x;
                for (int i = 0; i < 100; i++) {
                    y = Elementwise.scale(y, i % 2 == 0 ? 2f : 0.5f);
                }
                return List.of(y);
            });
            assertTrue(program.plan().slots().size() <= 3, "slots: " + program.plan().slots().size());
            assertEquals(2 * SIZE * 4L, program.plan().plannedBytes());
            assertEquals(2 * SIZE * 4L, program.plan().liveBytes());
            assertEquals(99 * SIZE * 4L, program.plan().unsharedBytes());
            program.run();
            assertArrayEquals(x.toFloats(), program.output(0).toFloats());
        }
    }

    @Test
    void valuesThatAreAllNeededAtOnceShareNothing() {
        try (JvmDevice device = JvmDevice.open(1)) {
            Tensor x = ramp(device, SIZE);
            Program program = Program.record(device, () -> {
                List<Tensor> forward = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    forward.add(Elementwise.scale(x, i));
                }
                Tensor sum = forward.removeLast();
                for (Tensor t : forward) {
                    sum = Elementwise.add(sum, t);
                }
                return List.of(sum);
            });
            assertEquals(11 * SIZE * 4L, program.plan().liveBytes());
            assertEquals(11 * SIZE * 4L, program.plan().plannedBytes());
            program.run();
            float[] expected = x.toFloats();
            for (int i = 0; i < SIZE; i++) {
                expected[i] *= 45;
            }
            assertArrayEquals(expected, program.output(0).toFloats(), 0.01f);
        }
    }

    /** Random graphs of ops of two types and several sizes: no array is used by two live buffers, and values come out as when run op by op. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void randomPrograms(int seed) {
        try (JvmDevice device = JvmDevice.open(1)) {
            List<Tensor> inputs = List.of(ramp(device, 7), ramp(device, 33), ramp(device, 64), ramp(device, 500));
            Program program = Program.record(device, () -> randomOps(new Random(seed), inputs));
            List<Tensor> eager = randomOps(new Random(seed), inputs);

            MemoryPlan plan = program.plan();
            assertTrue(plan.liveBytes() <= plan.plannedBytes(), plan.liveBytes() + " live, " + plan.plannedBytes() + " planned");
            assertTrue(plan.plannedBytes() <= plan.unsharedBytes(), plan.plannedBytes() + " planned, " + plan.unsharedBytes() + " unshared");
            assertTrue(plan.plannedBytes() < plan.unsharedBytes() / 2, "a hundred ops share storage");
            assertNoConflict(plan, program);
            program.run();
            program.run();
            for (int i = 0; i < eager.size(); i++) {
                assertArrayEquals(eager.get(i).toFloats(), program.output(i).toFloats(), "output " + i);
            }
        }
    }

    private static List<Tensor> randomOps(Random random, List<Tensor> inputs) {
        List<Tensor> values = new ArrayList<>(inputs);
        for (int op = 0; op < 120; op++) {
            // Mostly recent values, so that lifetimes differ.
            int reach = random.nextInt(4) == 0 ? values.size() : Math.min(values.size(), 8);
            Tensor a = values.get(values.size() - 1 - random.nextInt(reach));
            Tensor b = values.stream().filter(t -> t.shape().equals(a.shape()) && t.dtype() == a.dtype()).reduce((p, q) -> q).orElseThrow();
            values.add(switch (random.nextInt(5)) {
                case 0 -> Elementwise.sub(a, b);
                case 1 -> Relu.forward(a);
                case 2 -> Elementwise.scale(a, 0.5f);
                case 3 -> Cast.to(a, a.dtype() == DType.F16 ? DType.F32 : DType.F16);
                default -> Elementwise.scale(inputs.get(random.nextInt(inputs.size())), 0.25f);
            });
        }
        return List.of(values.getLast(), values.get(60), values.get(100));
    }

    private static void assertNoConflict(MemoryPlan plan, Program program) {
        for (MemoryPlan.Slot slot : plan.slots()) {
            for (Buffers.Lifetime a : slot.tenants) {
                assertTrue(a.buffer().elements() <= slot.elements);
                assertEquals(slot.dtype, a.buffer().dtype());
            }
        }
        List<Buffers.Lifetime> all = plan.slots().stream().flatMap(s -> s.tenants.stream()).toList();
        // Lifetimes found again from the launches themselves, not taken from the plan.
        for (Buffers.Lifetime a : all) {
            for (Buffers.Lifetime b : all) {
                if (a.buffer() != b.buffer() && first(program, a.buffer()) <= last(program, b.buffer())
                        && first(program, b.buffer()) <= last(program, a.buffer())) {
                    assertNotSame(a.buffer().array(), b.buffer().array(), "two live buffers in one array");
                }
            }
        }
        Set<Object> outputs = Set.copyOf(program.outputs().stream().map(t -> (Object) t.buffer().array()).toList());
        for (Buffers.Lifetime a : all) {
            assertTrue(!outputs.contains(a.buffer().array()), "an output's array belongs to it alone");
        }
    }

    private static int first(Program program, Buffer buffer) {
        for (int step = 0; step < program.launches().size(); step++) {
            if (uses(program.launches().get(step), buffer)) {
                return step;
            }
        }
        throw new AssertionError("a planned buffer that no launch uses");
    }

    private static int last(Program program, Buffer buffer) {
        for (int step = program.launches().size() - 1; step >= 0; step--) {
            if (uses(program.launches().get(step), buffer)) {
                return step;
            }
        }
        throw new AssertionError("a planned buffer that no launch uses");
    }

    private static boolean uses(Launch launch, Buffer buffer) {
        for (int i = 0; i < launch.argumentCount(); i++) {
            if (launch.argument(i) == buffer) {
                return true;
            }
        }
        return false;
    }

    static Tensor ramp(Device device, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = i - size / 3f;
        }
        return Tensor.of(device, Shape.of(size), values);
    }
}
