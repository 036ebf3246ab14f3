// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.pointwise.Relu;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProgramTest {
    private final Device device = JvmDevice.open(2);

    @AfterEach
    void close() {
        device.close();
    }

    @Test
    void replaysWithChangedInputsAllocateAndRecordNothing() {
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Tensor total = Tensor.zeros(device, Shape.of(3), DType.F32);
        Program program = Program.record(device, () -> {
            Tensor y = Relu.forward(x);
            Tensor z = Elementwise.mul(y, y);
            Elementwise.addInto(total, z);
            return List.of(Elementwise.scale(z, 10f));
        });
        program.run();
        long arrays = device.stats().arraysAllocated();
        long bytes = device.stats().bytesAllocated();
        long launches = device.stats().launchesRecorded();
        assertEquals(4, launches);
        assertArrayEquals(new float[] {10, 40, 90}, program.output(0).toFloats());
        for (int run = 0; run < 20; run++) {
            x.write((float) run, (float) -run, 1f);
            program.run();
            assertArrayEquals(new float[] {10f * run * run, 0, 10}, program.output(0).toFloats());
        }
        assertArrayEquals(new float[] {1 + 2470, 4, 9 + 20}, total.toFloats(), "persistent state goes on from run to run");
        assertEquals(arrays, device.stats().arraysAllocated());
        assertEquals(bytes, device.stats().bytesAllocated());
        assertEquals(launches, device.stats().launchesRecorded());
        assertEquals(1, device.stats().programsRecorded());
        assertEquals(21, device.stats().programRuns());
    }

    @Test
    void onlyRecordingIsStartUpOnADeviceThatCompilesNothing() {
        Tensor x = Tensor.of(device, Shape.of(1), 1f);
        assertEquals(0, device.stats().startUpNanos());
        Program program = Program.record(device, () -> List.of(Relu.forward(x)));
        long recorded = device.stats().startUpNanos();
        assertTrue(recorded > 0);
        program.run();
        assertEquals(recorded, device.stats().startUpNanos());
    }

    @Test
    void nothingRunsWhileRecording() {
        Tensor x = Tensor.of(device, Shape.of(1), 1f);
        Program program = Program.record(device, () -> {
            Elementwise.addInto(x, x);
            return List.of(x);
        });
        assertEquals(1f, x.item());
        program.run();
        program.run();
        assertEquals(4f, x.item());
        assertEquals(0, program.plan().plannedBytes(), "persistent tensors are no part of the plan");
    }

    @Test
    void pendingOpsRunBeforeTheProgram() {
        Tensor x = Tensor.of(device, Shape.of(1), 1f);
        Tensor one = Tensor.of(device, Shape.of(1), 1f);
        Program program = Program.record(device, () -> List.of(Elementwise.scale(x, 3f)));
        Elementwise.addInto(x, one);
        program.run();
        assertEquals(6f, program.output(0).item());
    }

    @Test
    void innerTensorsCanNotBeUsedOutside() {
        Tensor x = Tensor.of(device, Shape.of(2), 1, -2);
        List<Tensor> inner = new ArrayList<>();
        Program program = Program.record(device, () -> {
            inner.add(Relu.forward(x));
            return List.of(Elementwise.scale(inner.getFirst(), 2f));
        });
        program.run();
        Tensor hidden = inner.getFirst();
        assertTrue(assertThrows(IllegalStateException.class, hidden::toFloats).getMessage().contains("return it from the recorded body"));
        assertThrows(IllegalStateException.class, () -> Relu.forward(hidden));
        assertThrows(IllegalStateException.class, () -> Program.record(device, () -> List.of(Relu.forward(hidden))));
        assertArrayEquals(new float[] {2, 0}, program.output(0).toFloats());
    }

    @Test
    void anOutputCanNotBeReadBeforeTheFirstRun() {
        Tensor x = Tensor.of(device, Shape.of(1), 4f);
        Program program = Program.record(device, () -> List.of(Relu.forward(x)));
        assertTrue(assertThrows(IllegalStateException.class, () -> program.output(0).toFloats()).getMessage().contains("has not run yet"));
        program.run();
        assertEquals(4f, program.output(0).item());
    }

    @Test
    void anOutputIsAnInputOfALaterProgram() {
        Tensor x = Tensor.of(device, Shape.of(1), 4f);
        Program first = Program.record(device, () -> List.of(Elementwise.scale(x, 2f)));
        Program second = Program.record(device, () -> List.of(Elementwise.scale(first.output(0), 5f)));
        first.run();
        second.run();
        assertEquals(40f, second.output(0).item());
        x.write(1f);
        first.run();
        second.run();
        assertEquals(10f, second.output(0).item());
    }

    @Test
    void readingOrRunningWhileRecordingIsRefused() {
        Tensor x = Tensor.of(device, Shape.of(1), 1f);
        Program other = Program.record(device, () -> List.of(Relu.forward(x)));
        assertTrue(
                assertThrows(IllegalStateException.class, () -> Program.record(device, () -> List.of(Tensor.of(device, Shape.of(1), Relu.forward(x).item()))))
                        .getMessage().contains("recorded"));
        assertThrows(IllegalStateException.class, () -> Program.record(device, () -> {
            x.write(2f);
            return List.of();
        }));
        assertThrows(IllegalStateException.class, () -> Program.record(device, () -> {
            other.run();
            return List.of();
        }));
        assertThrows(IllegalStateException.class, () -> Program.record(device, () -> Program.record(device, List::of).outputs()));
        assertEquals(1f, Relu.forward(x).item(), "the device records and runs as before");
    }

    @Test
    void tensorsThatNothingWroteAreRefused() {
        Tensor unwritten = Tensor.empty(device, Shape.of(2), DType.F32);
        assertTrue(assertThrows(IllegalStateException.class, () -> Program.record(device, () -> List.of(Relu.forward(unwritten))))
                .getMessage().contains("nothing has written"));
        assertThrows(IllegalStateException.class, () -> Program.record(device, () -> {
            Tensor sum = Tensor.empty(device, Shape.of(1), DType.F32);
            Elementwise.addInto(sum, Tensor.of(device, Shape.of(1), 1f));
            return List.of(sum);
        }));
        assertTrue(assertThrows(IllegalStateException.class, () -> Program.record(device, () -> List.of(unwritten))).getMessage().contains("never written"));
    }

    @Test
    void aFailingBodyLeavesNothingBehind() {
        Tensor x = Tensor.of(device, Shape.of(1), 1f);
        assertThrows(ArithmeticException.class, () -> Program.record(device, () -> {
            Elementwise.addInto(x, x);
            throw new ArithmeticException("body");
        }));
        device.synchronize();
        assertEquals(1f, x.item());
        assertEquals(0, device.stats().programsRecorded());
    }

    @Test
    void theCacheRecordsOncePerKey() {
        Tensor x = Tensor.of(device, Shape.of(1), 3f);
        ProgramCache cache = new ProgramCache(device);
        Program twice = cache.get(List.of(1, "twice"), () -> List.of(Elementwise.scale(x, 2f)));
        assertSame(twice, cache.get(List.of(1, "twice"), () -> {
            throw new AssertionError("a known key must not record again");
        }));
        assertNotSame(twice, cache.get(List.of(2, "twice"), () -> List.of(Elementwise.scale(x, 2f))));
        assertEquals(2, cache.size());
        assertEquals(2, device.stats().programsRecorded());
    }
}
