// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.engine.Program;
import dev.mixed.engine.Recomputing;
import dev.mixed.engine.Shape;
import dev.mixed.engine.Tensor;
import dev.mixed.engine.ops.pointwise.Elementwise;
import dev.mixed.tornado.cuda.KernelTask;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;

/** A device asks its compiler for all kernels of a program before it makes a graph, and gives each graph's plan the code of each task. */
class SharedKernelsTest {
    /** Compiles as TornadoVM does, and notes what it is asked. */
    private static final class Noting implements TaskCompiler {
        private final Set<Object> begun = new HashSet<>();
        private final Set<Object> prepared = new HashSet<>();
        private boolean settled = true;
        private final List<String> added = new ArrayList<>();
        private final List<String> installed = new ArrayList<>();

        @Override
        public void begin(Collection<KernelTask> tasks) {
            tasks.forEach(task -> begun.add(task.code()));
            settled = false;
        }

        @Override
        public void settle() {
            settled = true;
        }

        @Override
        public void prepare(Collection<KernelTask> tasks) {
            tasks.forEach(task -> prepared.add(task.code()));
            settled = true;
        }

        @Override
        public void add(TaskGraph graph, String name, KernelTask task) {
            assertTrue(prepared.contains(task.code()), name + " was not prepared");
            assertTrue(settled, "kernels are still compiled on another thread");
            added.add(name);
            EACH_TASK.add(graph, name, task);
        }

        @Override
        public void install(TornadoExecutionPlan plan, String id, KernelTask task) {
            installed.add(id);
        }

        @Override
        public Optional<Runnable> captured(List<TornadoExecutionPlan> plans) {
            return Optional.empty();
        }

        @Override
        public Optional<Runnable> copies(TornadoExecutionPlan plan, List<MemorySegment> arrays) {
            return Optional.empty();
        }

        @Override
        public void awaitGraphs() {
        }

        @Override
        public int computeCapability() {
            return 0;
        }
    }

    @Test
    void allTasksArePreparedAddedAndInstalled() {
        TornadoFlags.apply();
        Noting compiler = new Noting();
        TornadoDevice device = new TornadoDevice(new TornadoPlatform("test", "jvm", 1 << 30), List.of(), Recomputing.NOTHING, false, TornadoDevice.NO_CHECK,
                DeviceArrays.OWN_UPLOAD,
                compiler);
        Tensor x = Tensor.of(device, Shape.of(3), 1, 2, 3);
        Program program = Program.record(device, () -> List.of(Elementwise.mul(Elementwise.add(x, x), x)));
        assertEquals(2, compiler.begun.size(), "kernels are compiled from when a program is recorded");
        assertEquals(Set.of(), compiler.prepared);
        program.run();
        assertTrue(compiler.prepared.containsAll(compiler.begun));
        assertEquals(List.of("count", "count", "t0", "t1"), compiler.added);
        assertEquals(List.of("storage0.count", "storage1.count", "program0part0.t0", "program0part0.t1"), compiler.installed);
        Program other = Program.record(device, () -> List.of(Elementwise.mul(x, x)));
        assertFalse(compiler.settled);
        // What was compiled before waits for it, too, and so does whoever reads what that computed.
        program.run();
        assertTrue(compiler.settled);
        compiler.begin(List.of());
        assertArrayEquals(new float[] {2, 8, 18}, program.output(0).toFloats());
        assertTrue(compiler.settled);
        other.run();
        assertArrayEquals(new float[] {1, 4, 9}, other.output(0).toFloats());
    }

    /** Without TornadoVM's backend cuda, as here, tasks are compiled one by one, and nothing fails. */
    @Test
    void whereTornadoCannotBeExtendedItCompilesEachTask() {
        assertSame(TaskCompiler.EACH_TASK, SharedKernels.ofProcess());
    }
}
