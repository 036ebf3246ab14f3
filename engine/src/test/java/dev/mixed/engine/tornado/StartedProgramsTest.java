// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.engine.DType;
import dev.mixed.engine.Program;
import dev.mixed.engine.Recomputing;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.tornado.cuda.KernelTask;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;

/** Programs that are started and not waited for, on a device that does nothing until somebody waits: whoever forgets to gets what was before. */
class StartedProgramsTest {
    private final LazyGraphs graphs = new LazyGraphs();
    private final TornadoDevice device = device(graphs);

    private static TornadoDevice device(TaskCompiler compiler) {
        TornadoFlags.apply();
        return new TornadoDevice(new TornadoPlatform("test", "jvm", 1L << 30), List.of(), Recomputing.NOTHING, false, TornadoDevice.NO_CHECK,
                DeviceArrays.OWN_UPLOAD, compiler);
    }

    @Test
    void startsAfterTheFirstDoNotWaitAndRunsDo() {
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program doubled = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        doubled.start();
        assertEquals(0, graphs.waiting.size());
        doubled.start();
        doubled.start();
        assertEquals(2, graphs.waiting.size());
        doubled.run();
        assertEquals(0, graphs.waiting.size());
        assertArrayEquals(new float[] {2, 4, 6}, doubled.output(0).toFloats());
    }

    @Test
    void readingAnOutputWaitsForTheRun() {
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program doubled = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        doubled.start();
        x.write(10f, 20f, 30f);
        doubled.start();
        assertArrayEquals(new float[] {20, 40, 60}, doubled.output(0).toFloats());
    }

    @Test
    void whatTheHostWritesNextIsNotSeenByARunThatWasStartedBefore() {
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Tensor sum = Tensor.zeros(device, Shape.of(3), DType.F32);
        Program adds = Program.record(device, () -> {
            Elementwise.addInto(sum, x);
            return List.of();
        });
        adds.start();
        x.write(10f, 20f, 30f);
        adds.start();
        x.write(100f, 200f, 300f);
        adds.start();
        x.write(0f, 0f, 0f);
        assertArrayEquals(new float[] {111, 222, 333}, sum.toFloats());
    }

    @Test
    void whatTheHostWritesIsCopiedWithoutWaiting() {
        Tensor x = Tensor.of(device, Shape.of(3), 0, 0, 0);
        Tensor sum = Tensor.zeros(device, Shape.of(3), DType.F32);
        Program adds = Program.record(device, () -> {
            Elementwise.addInto(sum, x);
            return List.of();
        });
        adds.start();
        for (int i = 1; i <= 4; i++) {
            x.write(i, 10f * i, 100f * i);
            adds.start();
        }
        // The first copy is TornadoVM's own.
        assertEquals(3, graphs.copies);
        assertEquals(7, graphs.waiting.size());
        assertArrayEquals(new float[] {10, 100, 1000}, sum.toFloats());
    }

    @Test
    void programsFollowEachOther() {
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program first = Program.record(device, () -> {
            Elementwise.addInto(x, x);
            return List.of();
        });
        Program second = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        for (int i = 0; i < 3; i++) {
            first.start();
            second.start();
        }
        assertArrayEquals(new float[] {16, 32, 48}, second.output(0).toFloats());
    }

    @Test
    void newProgramsAndOpsOutsideOfProgramsSeeWhatWasStarted() {
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program doubles = Program.record(device, () -> {
            Elementwise.addInto(x, x);
            return List.of();
        });
        doubles.run();
        doubles.start();
        assertArrayEquals(new float[] {8, 16, 24}, Elementwise.add(x, x).toFloats());
        doubles.start();
        Tensor y = Tensor.of(device, Shape.of(3), 1, 1, 1);
        Program sum = Program.record(device, () -> List.of(Elementwise.add(x, y)));
        sum.start();
        assertArrayEquals(new float[] {9, 17, 25}, sum.output(0).toFloats());
    }

    @Test
    void aProgramThatDoesNotCompileLeavesOthersAlone() {
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program broken = Program.record(device, () -> List.of(Elementwise.mul(x, x)));
        Program sound = Program.record(device, () -> List.of(Elementwise.add(x, x)));
        graphs.refused = true;
        assertThrows(IllegalStateException.class, broken::run);
        graphs.refused = false;
        sound.run();
        assertArrayEquals(new float[] {2, 4, 6}, sound.output(0).toFloats());
        assertEquals(1, graphs.prepared, "its own kernel alone, though all that waited went with the refused one");
    }

    @Test
    void theGpuMakesTheZerosOfWhatTheHostNeverWroteAndOfNothingElse() {
        Tensor moments = Tensor.zeros(device, Shape.of(3), DType.F32);
        Tensor written = Tensor.zeros(device, Shape.of(3), DType.F32).write(1f, 2f, 3f);
        Tensor inPlace = Tensor.zeros(device, Shape.of(3), DType.F32).writeInPlace(data -> data.fill((byte) 1));
        Tensor later = Tensor.zeros(device, Shape.of(3), DType.F32).writeLater(data -> data.fill((byte) 2));
        Tensor updated = Tensor.zeros(device, Shape.of(3), DType.F32);
        Tensor.updateInPlace(List.of(updated), data -> data.getFirst().fill((byte) 3));
        Program program = Program.record(device, () -> {
            for (Tensor x : List.of(written, inPlace, later, updated)) {
                Elementwise.addInto(moments, x);
            }
            return List.of();
        });
        program.run();
        assertEquals(List.of(moments.buffer().array().getSegmentWithHeader().address()), graphs.zeros);
        program.run();
        assertEquals(1, graphs.zeros.size(), "its memory holds results now");
    }

    /** Plans that have run once are run again when somebody waits. */
    private static final class LazyGraphs implements TaskCompiler {
        private final List<Runnable> waiting = new ArrayList<>();
        /** Where the arrays of zeros begin that were uploaded as such. */
        private final List<Long> zeros = new ArrayList<>();
        private int copies;
        private boolean refused;
        private int prepared;

        @Override
        public void prepare(Collection<KernelTask> tasks) {
            if (refused) {
                throw new IllegalStateException("a kernel does not compile");
            }
            prepared = tasks.size();
            EACH_TASK.prepare(tasks);
        }

        @Override
        public void add(TaskGraph graph, String name, KernelTask task) {
            EACH_TASK.add(graph, name, task);
        }

        @Override
        public void install(TornadoExecutionPlan plan, String id, KernelTask task) {
            EACH_TASK.install(plan, id, task);
        }

        @Override
        public Optional<Runnable> captured(List<TornadoExecutionPlan> plans) {
            return Optional.of(() -> plans.forEach(plan -> waiting.add(plan::execute)));
        }

        @Override
        public Optional<Runnable> copies(TornadoExecutionPlan plan, List<MemorySegment> arrays) {
            return Optional.of(() -> {
                copies++;
                List<byte[]> taken = arrays.stream().map(array -> array.toArray(ValueLayout.JAVA_BYTE)).toList();
                waiting.add(() -> {
                    List<byte[]> newer = arrays.stream().map(array -> array.toArray(ValueLayout.JAVA_BYTE)).toList();
                    put(taken, arrays);
                    plan.execute();
                    put(newer, arrays);
                });
            });
        }

        private static void put(List<byte[]> bytes, List<MemorySegment> arrays) {
            for (int i = 0; i < arrays.size(); i++) {
                arrays.get(i).copyFrom(MemorySegment.ofArray(bytes.get(i)));
            }
        }

        @Override
        public void upload(Collection<MemorySegment> blank, Runnable uploads) {
            blank.forEach(array -> zeros.add(array.address()));
            uploads.run();
        }

        @Override
        public void awaitGraphs() {
            waiting.forEach(Runnable::run);
            waiting.clear();
        }

        @Override
        public int computeCapability() {
            return 0;
        }
    }
}
