// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.tornado.Tasks;
import dev.mixed.tornado.cuda.KernelLibrary;
import dev.mixed.tornado.cuda.KernelTask;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;

/** How the tasks of task graphs get their code. */
interface TaskCompiler {
    /** TornadoVM's own way: each task is compiled when its graph first runs. */
    TaskCompiler EACH_TASK = new TaskCompiler() {
        @Override
        public void prepare(Collection<KernelTask> tasks) {
        }

        @Override
        public void add(TaskGraph graph, String name, KernelTask task) {
            graph.addTask(Tasks.of(name, task.code(), task.arguments().toArray()));
        }

        @Override
        public void install(TornadoExecutionPlan plan, String id, KernelTask task) {
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
    };

    /** Begins on another thread to make code ready for tasks that {@link #prepare} will be called for; TornadoVM may not be used until that, or {@link #settle}, has returned. */
    default void begin(Collection<KernelTask> tasks) {
    }

    /** Waits until TornadoVM may be used again. */
    default void settle() {
    }

    /** Makes code ready for tasks that will be added. */
    void prepare(Collection<KernelTask> tasks);

    /** Adds a prepared task to a graph. */
    void add(TaskGraph graph, String name, KernelTask task);

    /** Gives the plan of a graph the code of a task that was added; {@code id} is the graph's name, a dot and the task's. */
    void install(TornadoExecutionPlan plan, String id, KernelTask task);

    /** What begins plans again that have run once, and does not wait for them; empty where that can't be done. */
    Optional<Runnable> captured(List<TornadoExecutionPlan> plans);

    /** What copies to the GPU again what a plan has copied that has run once, and does not wait for it; empty where that can't be done. */
    Optional<Runnable> copies(TornadoExecutionPlan plan, List<MemorySegment> arrays);

    /** Runs uploads of arrays, of which these, with their headers, hold nothing but zeros. */
    default void upload(Collection<MemorySegment> zeros, Runnable uploads) {
        uploads.run();
    }

    /** Waits for what {@link #captured} and {@link #copies} have begun. */
    void awaitGraphs();

    /** The GPU's compute capability, 10 * major + minor, if kernels may call intrinsics; else 0. */
    int computeCapability();

    /** What extends TornadoVM; empty where it can't be extended. */
    default Optional<KernelLibrary> library() {
        return Optional.empty();
    }
}
