// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.optimizer.Optim;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Half copies of weights that programs share: they hold what the weights hold, whatever wrote them, and are made anew only then. */
class KeptCopiesTest {
    private static final int N = 4101;

    private static Stream<Device> devices() {
        return Stream.of(JvmDevice.open(), new EmulatedGpu(), new EmulatedGpu(GpuTarget.TURING));
    }

    private static Tensor weight(Device device, float first) {
        float[] values = new float[N];
        for (int i = 0; i < N; i++) {
            values[i] = first + i / 1000f;
        }
        return Tensor.of(device, Shape.of(N), values);
    }

    /** A program that reads the weights as halves. */
    private static Program reader(Device device, List<Tensor> weights) {
        return Program.record(device, () -> weights.stream().map(w -> Cast.to(Cast.kept(w), DType.F32)).toList());
    }

    private static void assertRead(Program reader, List<Tensor> weights, String after) {
        for (int w = 0; w < weights.size(); w++) {
            float[] expected = weights.get(w).toFloats();
            for (int i = 0; i < expected.length; i++) {
                expected[i] = Float.float16ToFloat(Float.floatToFloat16(expected[i]));
            }
            assertArrayEquals(expected, reader.output(w).toFloats(), "weight " + w + " " + after);
        }
    }

    private static boolean current(Tensor weight) {
        return Objects.requireNonNull(weight.buffer().halfCopy()).current();
    }

    private static Program adamw(Device device, List<Tensor> weights, float found) {
        Tensor lr = Tensor.of(device, Shape.of(1), 0.1f);
        Tensor step = Tensor.ofInts(device, Shape.of(1), 1);
        Tensor stop = Tensor.of(device, Shape.of(1), found);
        List<List<Tensor>> others = new ArrayList<>();
        weights.forEach(
                _ -> others.add(List.of(weight(device, 1f), Tensor.zeros(device, Shape.of(N), DType.F32), Tensor.zeros(device, Shape.of(N), DType.F32))));
        return Program.record(device, () -> {
            for (int i = 0; i < weights.size(); i++) {
                List<Tensor> of = others.get(i);
                Optim.adamw(weights.get(i), of.get(0), of.get(1), of.get(2), lr, step, null, stop, 0.9f, 0.999f, 1e-8f, 0.01f);
            }
            return List.of();
        });
    }

    @ParameterizedTest
    @MethodSource("devices")
    void programsReadWhatWasWrittenLast(Device device) {
        try (device) {
            List<Tensor> weights = List.of(weight(device, -2f), weight(device, 3f));
            Tensor ones = weight(device, 1f);
            Program reader = reader(device, weights);
            Program other = reader(device, weights);
            Program writer = Program.record(device, () -> {
                Elementwise.addInto(weights.get(1), ones);
                return List.of();
            });
            Program update = adamw(device, weights, 0f);
            Program skipped = adamw(device, weights, 1f);
            List<Consumer<Tensor>> writes = List.of(_ -> {}, w -> w.write(weight(device, 7f).toFloats()),
                    w -> w.writeInPlace(data -> data.setAtIndex(ValueLayout.JAVA_FLOAT, 5, 42f)),
                    w -> w.writeLater(data -> data.setAtIndex(ValueLayout.JAVA_FLOAT, N - 1, 43f)),
                    w -> Tensor.updateInPlace(List.of(w), data -> data.getFirst().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 44f)),
                    w -> Elementwise.addInto(w, ones), _ -> writer.run(), _ -> update.run(), _ -> skipped.run());
            for (int i = 0; i < writes.size(); i++) {
                writes.get(i).accept(weights.get(1));
                reader.run();
                assertRead(reader, weights, "after write " + i);
                // Unread since two writes ago, and after one of them by the other program.
                writes.get(i).accept(weights.get(0));
                other.run();
                assertRead(other, weights, "in another program after write " + i);
            }
        }
    }

    /** What a step skips after an overflow, or takes, leaves copies up to date where AdamW's kernel writes them. */
    @Test
    void adamwWritesCopiesThatItKnows() {
        try (EmulatedGpu device = new EmulatedGpu(GpuTarget.TURING)) {
            List<Tensor> weights = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                weights.add(weight(device, i));
            }
            Program reader = reader(device, weights.subList(1, 20));
            Program update = adamw(device, weights, 0f);
            Program skipped = adamw(device, weights, 1f);
            reader.run();
            for (Program step : List.of(update, skipped, update)) {
                step.run();
                weights.subList(1, 20).forEach(w -> assertEquals(true, current(w)));
                reader.run();
                assertRead(reader, weights.subList(1, 20), "after a step");
            }
            assertNull(weights.getFirst().buffer().half(), "nothing reads it as halves");
            assertEquals(3, device.runs("wide.half_copies"), "19 copies, nine to a launch, before the first run alone");
        }
    }

    /** An update that was recorded before anything read the weights as halves knows of no copies. */
    @Test
    void anUpdateWithoutCopiesLeavesThemOutOfDate() {
        try (EmulatedGpu device = new EmulatedGpu(GpuTarget.TURING)) {
            List<Tensor> weights = List.of(weight(device, 1f));
            Program update = adamw(device, weights, 0f);
            Program reader = reader(device, weights);
            reader.run();
            update.run();
            assertEquals(false, current(weights.getFirst()));
            reader.run();
            assertRead(reader, weights, "after a step");
        }
    }

    /** AdamW's copy would miss what the same program writes after it. */
    @Test
    void aProgramThatChangesAWeightTwiceWritesNoCopy() {
        try (EmulatedGpu device = new EmulatedGpu(GpuTarget.TURING)) {
            List<Tensor> weights = List.of(weight(device, 1f));
            Tensor ones = weight(device, 1f);
            Tensor moment = Tensor.zeros(device, Shape.of(N), DType.F32);
            Tensor square = Tensor.zeros(device, Shape.of(N), DType.F32);
            Tensor lr = Tensor.of(device, Shape.of(1), 0.1f);
            Tensor step = Tensor.ofInts(device, Shape.of(1), 1);
            Program reader = reader(device, weights);
            reader.run();
            Program update = Program.record(device, () -> {
                Optim.adamw(weights.getFirst(), ones, moment, square, lr, step, null, null, 0.9f, 0.999f, 1e-8f, 0f);
                Elementwise.addInto(weights.getFirst(), ones);
                return List.of();
            });
            update.run();
            reader.run();
            assertRead(reader, weights, "after two writes of one program");
        }
    }

    /** The values before and after are both asked for. */
    @ParameterizedTest
    @MethodSource("devices")
    void aProgramThatWritesTheWeightHasCopiesOfItsOwn(Device device) {
        try (device) {
            Tensor weight = weight(device, 1f);
            Tensor ones = weight(device, 1f);
            Program program = Program.record(device, () -> {
                Tensor before = Cast.to(Cast.kept(weight), DType.F32);
                Elementwise.addInto(weight, ones);
                return List.of(before, Cast.to(Cast.kept(weight), DType.F32));
            });
            program.run();
            program.run();
            assertEquals(2f, program.output(0).toFloats()[0]);
            assertEquals(3f, program.output(1).toFloats()[0]);
            assertNull(weight.buffer().half());
        }
    }

    /** A result outlives its program's next reader. */
    @ParameterizedTest
    @MethodSource("devices")
    void aCopyThatAProgramReturnsIsItsOwn(Device device) {
        try (device) {
            Tensor weight = weight(device, 1f);
            Program program = Program.record(device, () -> List.of(Cast.kept(weight)));
            program.run();
            Tensor copy = program.output(0);
            weight.write(weight(device, 5f).toFloats());
            Program other = reader(device, List.of(weight));
            other.run();
            assertEquals(1f, copy.toFloats()[0]);
            assertNotSame(copy.buffer(), weight.buffer().half());
        }
    }

    /** Programs of one model have one copy of each weight, and one way to make them anew. */
    @ParameterizedTest
    @MethodSource("devices")
    void programsShareCopies(Device device) {
        try (device) {
            Tensor weight = weight(device, 1f);
            Program first = reader(device, List.of(weight));
            Buffer half = weight.buffer().half();
            long allocated = device.stats().bytesAllocated();
            Program second = reader(device, List.of(weight));
            assertSame(half, weight.buffer().half());
            assertEquals(4L * N, device.stats().bytesAllocated() - allocated, "its output alone");
            assertEquals(first.plan().plannedBytes(), second.plan().plannedBytes());
        }
    }

    /** A program that tells of what it has written runs in parts. */
    @ParameterizedTest
    @MethodSource("devices")
    void aProgramInPartsLeavesCopiesOutOfDate(Device device) {
        try (device) {
            List<Tensor> weights = List.of(weight(device, -2f), weight(device, 3f), weight(device, 5f));
            Tensor ones = weight(device, 1f);
            Program reader = reader(device, weights);
            Program writer = Program.record(device, () -> {
                weights.forEach(weight -> Elementwise.addInto(weight, ones));
                return List.of();
            }, () -> List.of(List.of(weights.get(0)), List.of(weights.get(1))));
            for (int round = 0; round < 2; round++) {
                reader.run();
                List<Integer> told = new ArrayList<>();
                writer.start(told::add);
                assertEquals(List.of(0, 1), told);
                weights.forEach(weight -> assertEquals(false, current(weight)));
                reader.run();
                assertRead(reader, weights, "after a program in parts");
            }
        }
    }

    /** Whoever goes on after that sees the same in floats and in halves. */
    @ParameterizedTest
    @MethodSource("devices")
    void aWriterThatFailsMidwayLeavesTheCopyOutOfDate(Device device) {
        try (device) {
            List<Tensor> weights = List.of(weight(device, 1f));
            Program reader = reader(device, weights);
            List<Consumer<Consumer<MemorySegment>>> ways = List.of(writer -> weights.getFirst().writeInPlace(writer),
                    writer -> Tensor.updateInPlace(weights, data -> writer.accept(data.getFirst())));
            for (Consumer<Consumer<MemorySegment>> way : ways) {
                reader.run();
                assertThrows(UncheckedIOException.class, () -> way.accept(data -> {
                    data.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 99f);
                    throw new UncheckedIOException(new IOException("midway"));
                }));
                assertEquals(false, current(weights.getFirst()));
            }
        }
    }

    /** Its kernels run apart from each other, some rounds. */
    @Test
    void aProfiledUpdateLeavesCopiesOutOfDate() {
        try (EmulatedGpu device = new EmulatedGpu(GpuTarget.TURING)) {
            List<Tensor> weights = List.of(weight(device, 1f));
            Program reader = reader(device, weights);
            Program update = adamw(device, weights, 0f);
            reader.run();
            update.run();
            assertEquals(true, current(weights.getFirst()));
            List<KernelTime> times = device.profile(update, 1);
            assertEquals(Set.of("gpu.prepare_adamw", "wide.adamw.f32"), times.stream().map(KernelTime::kernel).collect(Collectors.toSet()),
                    "without what runs once");
            assertEquals(false, current(weights.getFirst()));
            reader.run();
            assertRead(reader, weights, "after a profile");
        }
    }

    /** A plan counts the copies and takes none. */
    @Test
    void aPlanTakesNoCopies() {
        try (JvmDevice device = JvmDevice.open()) {
            Tensor weight = weight(device, 1f);
            MemoryPlan plan = Program.plan(device, () -> List.of(Cast.to(Cast.kept(weight), DType.F32)));
            assertNull(weight.buffer().half());
            assertEquals(2L * N, plan.plannedBytes());
            assertEquals(2L * N, plan.liveBytes());
            assertEquals(2L * N, reader(device, List.of(weight)).plan().plannedBytes());
        }
    }
}
