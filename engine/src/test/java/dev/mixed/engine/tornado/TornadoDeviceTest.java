// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.DeviceException;
import dev.mixed.engine.Grid;
import dev.mixed.engine.Kernel;
import dev.mixed.engine.Launch;
import dev.mixed.engine.Lowering;
import dev.mixed.engine.Program;
import dev.mixed.engine.Recomputing;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.jvm.JvmDevice;
import dev.mixed.engine.ops.matmul.Matmul;
import dev.mixed.engine.ops.pointwise.Cast;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.engine.ops.softmax.Softmax;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

/** Task graphs, shared device memory and copies, on tornado-env's implementation of the API, whose device memory is apart from the host's. */
class TornadoDeviceTest {
    private static final TornadoPlatform PLATFORM = new TornadoPlatform("test", "jvm", 1L << 30);

    private static TornadoDevice device(Lowering... lowerings) {
        TornadoFlags.apply();
        return new TornadoDevice(PLATFORM, List.of(lowerings), TornadoDevice.NO_CHECK);
    }

    @Test
    void opsOutsideOfProgramsGiveTheReferenceResults() {
        float[] a = {1, 2, 3, 4, 5, 6};
        float[] b = {1, -1, 0, 2, 3, 1};
        Device[] devices = {device(), JvmDevice.reference()};
        float[][] results = new float[2][];
        for (int i = 0; i < 2; i++) {
            Tensor x = Tensor.of(devices[i], Shape.of(2, 3), a);
            Tensor y = Tensor.of(devices[i], Shape.of(3, 2), b);
            results[i] = Softmax.softmax(Matmul.matmul(x, y, false, false)).toFloats();
        }
        assertArrayEquals(results[1], results[0]);
    }

    @Test
    void aProgramSeesWhatTheHostWritesBetweenItsRuns() {
        TornadoDevice device = device();
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program doubled = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        doubled.run();
        assertArrayEquals(new float[] {2, 4, 6}, doubled.output(0).toFloats());
        x.write(10f, 20f, 30f);
        doubled.run();
        assertArrayEquals(new float[] {20, 40, 60}, doubled.output(0).toFloats());
        doubled.run();
        assertArrayEquals(new float[] {20, 40, 60}, doubled.output(0).toFloats());
    }

    @Test
    void eightThreadsAtOnceGetRightAnswersOrExceptions() throws InterruptedException {
        TornadoDevice device = device();
        Tensor x = Tensor.zeros(device, Shape.of(3), DType.F32);
        Program doubled = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        AtomicInteger wrong = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int id = t;
            threads.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < 60; round++) {
                    float value = 60 * id + round;
                    try {
                        x.write(value, 0f, 1f);
                        doubled.run();
                        wrong.addAndGet(doubled.output(0).toFloats()[0] == 2 * value ? 0 : 1);
                    } catch (IllegalStateException e) {
                        assertTrue(e.getMessage().contains("the thread '"), e.getMessage());
                    }
                }
                ended.incrementAndGet();
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, wrong.get());
        assertEquals(8, ended.get());
    }

    @Test
    void aProgramsFirstRunIsStartUpAndItsSecondIsNot() {
        TornadoDevice device = device();
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program doubled = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        long recorded = device.stats().startUpNanos();
        doubled.run();
        long compiled = device.stats().startUpNanos();
        assertTrue(recorded > 0 && compiled > recorded);
        doubled.run();
        assertEquals(compiled, device.stats().startUpNanos());
    }

    /** Such an upload copies all arrays of a storage graph, of which some are newer on the device. */
    @Test
    void aLargeUploadKeepsWhatIsNewerOnTheDevice() {
        TornadoFlags.apply();
        TornadoDevice device = new TornadoDevice(PLATFORM, List.of(), Recomputing.NOTHING, false, TornadoDevice.NO_CHECK, 0, TaskCompiler.EACH_TASK);
        Tensor state = Tensor.of(device, Shape.of(2), 1, 2);
        Tensor step = Tensor.of(device, Shape.of(2), 10, 10);
        Program add = Program.record(device, () -> {
            Elementwise.addInto(state, step);
            return List.of();
        });
        add.run();
        step.write(100f, 200f);
        add.run();
        assertArrayEquals(new float[] {111, 212}, state.toFloats());
    }

    /** On the host they have the same memory, of each type and size; on the device, each its own, also where a large upload comes in between. */
    @Test
    void whatProgramsComputeAndForgetHasMemoryOnTheDeviceAlone() {
        TornadoFlags.apply();
        TornadoDevice device = new TornadoDevice(PLATFORM, List.of(), Recomputing.NOTHING, false, TornadoDevice.NO_CHECK, 0, TaskCompiler.EACH_TASK);
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program program = Program.record(device, () -> {
            List<Tensor> all = new ArrayList<>();
            for (int i = 1; i <= 5; i++) {
                all.add(Elementwise.scale(x, i));
                all.add(Cast.to(Elementwise.scale(x, 10 * i), DType.F16));
            }
            Tensor sum = x;
            for (Tensor t : all) {
                sum = Elementwise.add(sum, Cast.to(t, DType.F32));
            }
            return List.of(sum);
        });
        Set<Long> addresses = new HashSet<>();
        Set<Object> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Launch launch : program.launches()) {
            for (Buffer buffer : launch.buffers()) {
                if (!buffer.persistent() && buffer != program.output(0).buffer()) {
                    arrays.add(buffer.array());
                    addresses.add(buffer.array().getSegmentWithHeader().address());
                }
            }
        }
        assertTrue(arrays.size() >= 10, arrays.size() + " arrays");
        assertEquals(2, addresses.size(), "of floats and of halves");
        for (int run = 1; run <= 2; run++) {
            program.run();
            assertArrayEquals(new float[] {166 * run, 332 * run, 498 * run}, program.output(0).toFloats());
            x.write(2f, 4f, 6f);
        }
    }

    @Test
    void programsShareStateOnTheDevice() {
        TornadoDevice device = device();
        Tensor state = Tensor.of(device, Shape.of(2), 1, 2);
        Tensor step = Tensor.of(device, Shape.of(2), 10, 10);
        Program add = Program.record(device, () -> {
            Elementwise.addInto(state, step);
            return List.of();
        });
        Program twice = Program.record(device, () -> {
            Elementwise.addInto(state, state);
            return List.of();
        });
        add.run();
        twice.run();
        add.run();
        assertArrayEquals(new float[] {32, 34}, state.toFloats());
        state.write(0f, 0f);
        add.run();
        assertArrayEquals(new float[] {10, 10}, state.toFloats());
    }

    @Test
    void aProgramOfManyLaunchesIsCutIntoSeveralGraphs() {
        TornadoDevice device = device();
        Tensor x = Tensor.of(device, Shape.of(2), 0, 1);
        Tensor one = Tensor.of(device, Shape.of(2), 1, 1);
        Program program = Program.record(device, () -> {
            Tensor sum = x;
            for (int i = 0; i < 600; i++) {
                sum = Elementwise.add(sum, one);
            }
            return List.of(sum);
        });
        assertTrue(GraphSplitter.split(program.launches()).size() >= 3);
        program.run();
        assertArrayEquals(new float[] {600, 601}, program.output(0).toFloats());
    }

    @Test
    void aGridKernelMayTakeHalvesAsLongs() {
        Kernel copy = Kernel.grid("copy_longs", TornadoDeviceTest::lowBits);
        TornadoDevice device = device((program, at, out) -> {
            if (!program.is(at, Cast.HALF_TO_FLOAT)) {
                return 0;
            }
            Cast.Arguments cast = program.get(at).arguments(Cast.Arguments.class);
            out.launch(copy).readLongs(cast.x()).write(cast.y()).over(Grid.of(1, 2));
            return 1;
        });
        Tensor halves = Tensor.of(device, Shape.of(8), DType.F16, 1, 0, 0, 0, 2, 0, 0, 0);
        assertArrayEquals(new float[] {0x3C00, 0, 0, 0, 0x4000, 0, 0, 0}, Cast.to(halves, DType.F32).toFloats());
    }

    @Test
    void aLaunchThatNeedRunOnlyOnceRunsOnlyOnceInEachProgram() {
        Kernel count = Kernel.grid("count_runs", TornadoDeviceTest::countRuns);
        Kernel copy = Kernel.grid("copy_count", TornadoDeviceTest::copyCount);
        TornadoDevice device = device((program, at, out) -> {
            if (!program.is(at, Elementwise.FILL)) {
                return 0;
            }
            Buffer table = out.table(2);
            out.launch(copy).update(table).write(program.get(at).arguments(Elementwise.Fill.class).y()).over(Grid.of(1, 1));
            out.launch(count).update(table).once().over(Grid.of(1, 1));
            return 1;
        });
        for (int i = 0; i < 2; i++) {
            Program program = Program.record(device, () -> List.of(Elementwise.fill(device, Shape.of(2), DType.F32, 7f)));
            for (int run = 1; run <= 3; run++) {
                program.run();
                assertArrayEquals(new float[] {1, run}, program.output(0).toFloats());
            }
        }
    }

    static void countRuns(KernelContext context, IntArray table) {
        if (context.globalIdx == 0) {
            table.set(0, table.get(0) + 1);
        }
    }

    /** Gives how often the other kernel ran, and how often this one did. */
    static void copyCount(KernelContext context, IntArray table, FloatArray out) {
        if (context.globalIdx == 0) {
            table.set(1, table.get(1) + 1);
            out.set(0, (float) table.get(0));
            out.set(1, (float) table.get(1));
        }
    }

    /** out[4 i] = the bits of half 4 i as a number, and zeros between. */
    static void lowBits(KernelContext context, LongArray halves, FloatArray out) {
        int i = context.globalIdx;
        out.set(4 * i, (float) (int) (halves.get(i) & 0xFFFF));
        out.set(4 * i + 1, 0f);
        out.set(4 * i + 2, 0f);
        out.set(4 * i + 3, 0f);
    }

    @Test
    void itsSelfCheckRunsAfterTheFirstRunOfEachProgram() {
        TornadoFlags.apply();
        List<Device> checked = new ArrayList<>();
        TornadoDevice device = new TornadoDevice(PLATFORM, List.of(), checked::add);
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program doubled = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        assertEquals(List.of(), checked);
        doubled.run();
        doubled.run();
        assertEquals(List.of(device), checked);
        Program.record(device, () -> List.of(Elementwise.mul(x, x))).run();
        assertEquals(List.of(device, device), checked);
    }

    @Test
    void whatASelfCheckFindsStopsTheProgram() {
        TornadoFlags.apply();
        TornadoDevice device = new TornadoDevice(PLATFORM, List.of(), _ -> {
            throw new DeviceException("self-check: wrong");
        });
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program program = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        assertEquals("self-check: wrong", assertThrows(DeviceException.class, program::run).getMessage());
    }

    @Test
    void itsHardwareIsTheGpuThatTornadoNames() {
        assertEquals("gpu", new TornadoDevice(PLATFORM, List.of(), TornadoDevice.NO_CHECK).name());
        assertEquals("test", new TornadoDevice(PLATFORM, List.of(), TornadoDevice.NO_CHECK).hardware());
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheFigure() {
        TornadoFlags.apply();
        TornadoDevice device = new TornadoDevice(new TornadoPlatform("test", "jvm", 1 << 20), List.of(), TornadoDevice.NO_CHECK);
        Tensor x = Tensor.zeros(device, Shape.of(1 << 18), DType.F32);
        DeviceException refused = assertThrows(DeviceException.class, () -> Elementwise.add(x, x).toFloats());
        assertEquals("this program needs 3 MiB of GPU memory and the GPU has 1 MiB; lower --batch or --length, choose a smaller model, or train with --amp"
                + " or --gradient-checkpointing.",
                refused.getMessage());
    }
}
