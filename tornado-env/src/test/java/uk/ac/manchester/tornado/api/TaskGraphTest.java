// SPDX-License-Identifier: Apache-2.0
package uk.ac.manchester.tornado.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What a task sees and what the host sees, transfer by transfer. */
class TaskGraphTest {
    private final FloatArray x = FloatArray.fromElements(1, 2, 3);
    private final FloatArray y = new FloatArray(3);

    static void scale(FloatArray x, FloatArray y, float factor) {
        for (@Parallel int i = 0; i < x.getSize(); i++) {
            y.set(i, x.get(i) * factor);
        }
    }

    static void increment(FloatArray x) {
        for (@Parallel int i = 0; i < x.getSize(); i++) {
            x.set(i, x.get(i) + 1f);
        }
    }

    static void addThread(KernelContext context, FloatArray x) {
        x.set(context.globalIdx, x.get(context.globalIdx) + context.globalIdx);
    }

    static void outside(FloatArray x) {
        x.set(x.getSize(), 1f);
    }

    private TaskGraph scaling(int in, int out) {
        return new TaskGraph("g").transferToDevice(in, x).task("scale", TaskGraphTest::scale, x, y, 10f).transferToHost(out, y);
    }

    private static void close(TornadoExecutionPlan plan) {
        try {
            plan.close();
        } catch (TornadoExecutionPlanException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everyExecutionSeesTheHostsChanges() throws TornadoExecutionPlanException {
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(
                scaling(DataTransferMode.EVERY_EXECUTION, DataTransferMode.EVERY_EXECUTION).snapshot())) {
            TornadoExecutionResult result = plan.execute();
            assertArrayEquals(new float[] {10, 20, 30}, y.toHeapArray());
            assertEquals(12, result.getProfilerResult().getTotalBytesCopyIn());
            assertEquals(12, result.getProfilerResult().getTotalBytesCopyOut());
            assertEquals(56, plan.getCurrentDeviceMemoryUsage());
            assertTrue(result.isReady());
            x.set(0, 5f);
            plan.execute();
            assertArrayEquals(new float[] {50, 20, 30}, y.toHeapArray());
        }
    }

    @Test
    void firstExecutionDoesNotUntilMemoryIsFreed() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(
                scaling(DataTransferMode.FIRST_EXECUTION, DataTransferMode.EVERY_EXECUTION).snapshot());
        plan.execute();
        x.set(0, 5f);
        plan.execute();
        assertArrayEquals(new float[] {10, 20, 30}, y.toHeapArray());
        plan.freeDeviceMemory();
        assertEquals(0, plan.getCurrentDeviceMemoryUsage());
        plan.execute();
        assertArrayEquals(new float[] {50, 20, 30}, y.toHeapArray());
        close(plan);
    }

    @Test
    void aResultNotTransferredIsNotOnTheHost() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(
                scaling(DataTransferMode.FIRST_EXECUTION, DataTransferMode.UNDER_DEMAND).snapshot());
        TornadoExecutionResult result = plan.execute();
        assertArrayEquals(new float[3], y.toHeapArray());
        result.transferToHost(y);
        assertArrayEquals(new float[] {10, 20, 30}, y.toHeapArray());
        assertThrows(TornadoRuntimeException.class, () -> result.transferToHost(new FloatArray(1)));
    }

    @Test
    void anInputThatIsOnlyAnOutputHoldsNothing() {
        TaskGraph graph = new TaskGraph("g").task("scale", TaskGraphTest::scale, x, y, 10f)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, x, y);
        new TornadoExecutionPlan(graph.snapshot()).execute();
        assertTrue(Float.isNaN(y.get(0)), "x was never copied to the device");
    }

    @Test
    void anArrayOfNoTransferIsRefused() {
        TaskGraph graph = new TaskGraph("g").task("scale", TaskGraphTest::scale, x, y, 10f)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, y);
        String message = assertThrows(TornadoTaskRuntimeException.class, () -> new TornadoExecutionPlan(graph.snapshot()).execute()).getMessage();
        assertEquals("task g.scale: argument 1, a FloatArray of 3 elements, is in no transfer of the graph; name it in "
                + "transferToDevice, transferToHost, persistOnDevice or consumeFromDevice", message);
    }

    @Test
    void graphsPassArraysAlongOnTheDevice() {
        TaskGraph first = new TaskGraph("first").transferToDevice(DataTransferMode.FIRST_EXECUTION, x)
                .task("inc", TaskGraphTest::increment, x).persistOnDevice(x);
        TaskGraph second = new TaskGraph("second").consumeFromDevice("first", x)
                .task("inc", TaskGraphTest::increment, x);
        TaskGraph third = new TaskGraph("third").consumeFromDevice(x)
                .task("scale", TaskGraphTest::scale, x, y, 1f).transferToHost(DataTransferMode.EVERY_EXECUTION, y);
        TornadoExecutionPlan plan = new TornadoExecutionPlan(first.snapshot(), second.snapshot(), third.snapshot());
        for (int i = 0; i < 3; i++) {
            plan.withGraph(i).execute();
        }
        assertArrayEquals(new float[] {3, 4, 5}, y.toHeapArray());
        plan.withGraph(0).execute();
        plan.withGraph(2).execute();
        assertArrayEquals(new float[] {4, 5, 6}, y.toHeapArray());
        String skipped = assertThrows(TornadoRuntimeException.class, () -> plan.withGraph(1).execute()).getMessage();
        assertEquals("task graph second consumes a FloatArray of 3 elements from first, but the graph that ran just before is third", skipped);
        assertEquals(3, x.get(2), "never copied back");
    }

    @Test
    void consumingWhatWasNotLeftIsRefused() {
        TaskGraph first = new TaskGraph("first").transferToDevice(DataTransferMode.FIRST_EXECUTION, x).task("inc", TaskGraphTest::increment, x);
        TaskGraph second = new TaskGraph("second").consumeFromDevice("first", x).task("inc", TaskGraphTest::increment, x);
        TornadoExecutionPlan plan = new TornadoExecutionPlan(first.snapshot(), second.snapshot());
        assertTrue(assertThrows(TornadoRuntimeException.class, () -> plan.withGraph(1).execute()).getMessage()
                .contains("no graph of the plan has run before"));
        plan.withGraph(0).execute();
        assertTrue(assertThrows(TornadoRuntimeException.class, () -> plan.withGraph(1).execute()).getMessage()
                .contains("which first did not leave on the device"));
    }

    @Test
    void twoGraphsHaveTheirOwnCopies() {
        TaskGraph first = new TaskGraph("first").transferToDevice(DataTransferMode.FIRST_EXECUTION, x)
                .task("inc", TaskGraphTest::increment, x).persistOnDevice(x);
        TaskGraph second = new TaskGraph("second").transferToDevice(DataTransferMode.FIRST_EXECUTION, x)
                .task("scale", TaskGraphTest::scale, x, y, 1f).transferToHost(DataTransferMode.EVERY_EXECUTION, y);
        new TornadoExecutionPlan(first.snapshot(), second.snapshot()).withAllGraphs().execute();
        assertArrayEquals(new float[] {1, 2, 3}, y.toHeapArray());
    }

    @Test
    void kernelsWithAContextNeedTheSimulator() {
        TaskGraph graph = new TaskGraph("g").transferToDevice(DataTransferMode.EVERY_EXECUTION, x)
                .task("add", TaskGraphTest::addThread, new KernelContext(), x).transferToHost(DataTransferMode.EVERY_EXECUTION, x);
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot());
        assertEquals("task g.add has a KernelContext but no grid; add it to the plan's GridScheduler under that name",
                assertThrows(TornadoTaskRuntimeException.class, plan::execute).getMessage());
        plan.withGridScheduler(new GridScheduler("g.add", new WorkerGrid1D(3)));
        assertEquals("task g.add has a KernelContext, and the JVM runs such kernels only with miXed's module simulator; add the artifact "
                + "dev.mixed:simulator to the class path", assertThrows(TornadoTaskRuntimeException.class, plan::execute).getMessage());
        assertArrayEquals(new float[] {1, 2, 3}, x.toHeapArray());
    }

    @Test
    void parallelLoopsWithAGridNeedNoSimulator() {
        TornadoExecutionPlan plan = new TornadoExecutionPlan(
                scaling(DataTransferMode.EVERY_EXECUTION, DataTransferMode.EVERY_EXECUTION).snapshot());
        plan.withGridScheduler(new GridScheduler("g.scale", new WorkerGrid1D(3))).execute();
        assertArrayEquals(new float[] {10, 20, 30}, y.toHeapArray());
    }

    @Test
    void aFailingTaskIsNamed() {
        TaskGraph graph = new TaskGraph("g").transferToDevice(DataTransferMode.EVERY_EXECUTION, x).task("bad", TaskGraphTest::outside, x);
        String message = assertThrows(TornadoTaskRuntimeException.class, () -> new TornadoExecutionPlan(graph.snapshot()).execute()).getMessage();
        assertEquals("task g.bad: Index 3 out of bounds for length 3", message);
    }

    @Test
    void aSnapshotDoesNotChange() {
        IntArray unused = new IntArray(1);
        TaskGraph graph = scaling(DataTransferMode.EVERY_EXECUTION, DataTransferMode.EVERY_EXECUTION);
        ImmutableTaskGraph snapshot = graph.snapshot();
        graph.task("inc", TaskGraphTest::increment, y).transferToDevice(DataTransferMode.EVERY_EXECUTION, unused);
        new TornadoExecutionPlan(snapshot).execute();
        assertArrayEquals(new float[] {10, 20, 30}, y.toHeapArray());
        new TornadoExecutionPlan(graph.snapshot()).execute();
        assertArrayEquals(new float[] {11, 21, 31}, y.toHeapArray());
        assertTrue(graph.getArgumentsLookup().contains(unused));
        assertEquals(1, graph.getOutputs().size());
    }
}
