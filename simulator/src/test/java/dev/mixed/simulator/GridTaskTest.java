// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.simulator.samples.BlockKernels;
import dev.mixed.simulator.samples.FaultyKernels;
import dev.mixed.tornado.KernelFault;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;
import uk.ac.manchester.tornado.api.exceptions.TornadoTaskRuntimeException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Task graphs find the simulator by themselves, and run kernels with a context on it. */
class GridTaskTest {
    static void addThread(KernelContext context, FloatArray x) {
        x.set(context.globalIdx, x.get(context.globalIdx) + context.globalIdx);
    }

    @Test
    void kernelsWithAContextRunOnTheirGrid() {
        FloatArray x = FloatArray.fromElements(1, 2, 3);
        TaskGraph graph = new TaskGraph("g").transferToDevice(DataTransferMode.EVERY_EXECUTION, x)
                .task("add", GridTaskTest::addThread, new KernelContext(), x).transferToHost(DataTransferMode.EVERY_EXECUTION, x);
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot());
        assertTrue(assertThrows(TornadoTaskRuntimeException.class, plan::execute).getMessage().contains("has a KernelContext but no grid"));
        WorkerGrid1D grid = new WorkerGrid1D(3);
        grid.setLocalWork(1, 1, 1);
        assertThrows(TornadoRuntimeException.class, () -> plan.withGridScheduler(new GridScheduler("g.other", grid)));
        plan.withGridScheduler(new GridScheduler("g.add", grid)).withCUDAGraph().withPreCompilation().execute();
        assertArrayEquals(new float[] {1, 3, 5}, x.toHeapArray());
        plan.withDefaultScheduler();
        assertThrows(TornadoTaskRuntimeException.class, plan::execute);
    }

    @Test
    void aGraphRunsItsTaskAsBlocks() throws TornadoExecutionPlanException {
        IntArray values = new IntArray(64);
        for (int i = 0; i < 64; i++) {
            values.set(i, i % 5);
        }
        IntArray counts = new IntArray(5);
        FloatArray weight = new FloatArray(64);
        weight.init(1f);
        FloatArray weights = new FloatArray(5);
        TaskGraph graph = new TaskGraph("graph").transferToDevice(DataTransferMode.FIRST_EXECUTION, values, weight, counts, weights)
                .task("histogram", BlockKernels::histogram, new KernelContext(), values, weight, counts, weights, 5)
                .transferToHost(DataTransferMode.EVERY_EXECUTION, counts, weights);
        WorkerGrid1D grid = new WorkerGrid1D(64);
        grid.setLocalWork(32, 1, 1);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withGridScheduler(new GridScheduler("graph.histogram", grid)).execute();
        }
        for (int i = 0; i < 5; i++) {
            assertEquals(i < 4 ? 13 : 12, counts.get(i));
            assertEquals(i < 4 ? 13f : 12f, weights.get(i));
        }
    }

    @Test
    void aFaultKeepsItsTypeAndOtherErrorsNameTheTask() {
        FloatArray x = new FloatArray(64);
        FloatArray y = new FloatArray(64);
        TaskGraph graph = new TaskGraph("g").transferToDevice(DataTransferMode.FIRST_EXECUTION, x, y)
                .task("faulty", FaultyKernels::reverseWithoutBarrier, new KernelContext(), x, y);
        WorkerGrid1D grid = new WorkerGrid1D(64);
        grid.setLocalWork(32, 1, 1);
        TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot()).withGridScheduler(new GridScheduler("g.faulty", grid));
        assertEquals("g.faulty (FaultyKernels.reverseWithoutBarrier)", assertThrows(KernelFault.class, plan::execute).kernel());
        grid.setLocalWork(48, 1, 1);
        assertEquals("task g.faulty: kernel g.faulty (FaultyKernels.reverseWithoutBarrier): 64 threads along x cannot be cut into blocks of 48; make the"
                + " first a multiple of the second", assertThrows(TornadoTaskRuntimeException.class, plan::execute).getMessage());
    }
}
