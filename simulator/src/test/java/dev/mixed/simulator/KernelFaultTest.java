// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.simulator.samples.FaultyKernels;
import dev.mixed.tornado.KernelFault;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class KernelFaultTest {
    private static final GridSimulator SIMULATOR = new GridSimulator();
    private static final int BLOCK = 32;
    private static final int THREADS = 2 * BLOCK;

    private static WorkerGrid1D grid(int threads) {
        WorkerGrid1D grid = new WorkerGrid1D(threads);
        grid.setLocalWork(BLOCK, 1, 1);
        return grid;
    }

    private static FloatArray counting() {
        FloatArray x = new FloatArray(THREADS);
        for (int i = 0; i < THREADS; i++) {
            x.set(i, i + 1);
        }
        return x;
    }

    private static FloatArray run(Task3<KernelContext, FloatArray, FloatArray> kernel) {
        FloatArray y = new FloatArray(THREADS);
        SIMULATOR.run("graph.task", kernel, new Object[] {new KernelContext(), counting(), y}, grid(THREADS));
        return y;
    }

    private static void assertFault(Task3<KernelContext, FloatArray, FloatArray> kernel, String method, String block, String thread, String... parts) {
        check(assertThrows(KernelFault.class, () -> run(kernel)), method, block, thread, parts);
    }

    private static void check(KernelFault fault, String method, String block, String thread, String... parts) {
        assertEquals("graph.task (FaultyKernels." + method + ")", fault.kernel(), fault.getMessage());
        assertEquals(block, fault.block(), fault.getMessage());
        assertEquals(thread, fault.thread(), fault.getMessage());
        for (String part : parts) {
            assertTrue(fault.getMessage().contains(part), "'" + part + "' in: " + fault.getMessage());
        }
    }

    @Test
    void missingBarrier() {
        assertFault(FaultyKernels::reverseWithoutBarrier, "reverseWithoutBarrier", "(0, 0, 0)", "(16, 0, 0)",
                "data race: it writes element 16 of the local float[32], which thread (15, 0, 0) reads with no barrier between, at FaultyKernels.java:");
    }

    @Test
    void missingSecondBarrierOfALoop() {
        assertFault(FaultyKernels::loopWithoutSecondBarrier, "loopWithoutSecondBarrier", "(0, 0, 0)", "(0, 0, 0)",
                "data race: it reads element 31 of the local float[32], which thread (31, 0, 0) writes");
    }

    @Test
    void barrierThatNotAllReach() {
        assertFault(FaultyKernels::divergentBarrier, "divergentBarrier", "(0, 0, 0)", "(16, 0, 0)",
                "it has ended while 16 of 32 threads, thread (0, 0, 0) first, wait at localBarrier (line ", "not all of them reach");
    }

    @Test
    void twoBarriersInPlaceOfOne() {
        assertFault(FaultyKernels::twoBarriers, "twoBarriers", "(0, 0, 0)", "(0, 0, 0)", "divergent barrier", "thread (31, 0, 0)");
    }

    @Test
    void accessOutsideGlobalMemory() {
        assertFault(FaultyKernels::readsNext, "readsNext", "(1, 0, 0)", "(31, 0, 0)", "read outside an array: element 64 of the global FloatArray[64]",
                "FaultyKernels.java:");
        assertFault(FaultyKernels::readsPrevious, "readsPrevious", "(0, 0, 0)", "(0, 0, 0)", "read outside an array: element -1");
        assertFault(FaultyKernels::writesBehind, "writesBehind", "(1, 0, 0)", "(28, 0, 0)", "write outside an array: element 64");
    }

    @Test
    void accessOutsideLocalMemory() {
        assertFault(FaultyKernels::localNext, "localNext", "(0, 0, 0)", "(31, 0, 0)", "write outside an array: element 32 of the local float[32]");
        assertFault(FaultyKernels::localThroughHelper, "localThroughHelper", "(0, 0, 0)", "(0, 0, 0)",
                "write outside an array: element -1 of the local float[32]");
    }

    @Test
    void unknownMethodsAreStillCheckedForBounds() {
        float[] captured = {1f};
        Task3<KernelContext, FloatArray, FloatArray> kernel = (context, x, y) -> y.set(context.globalIdx * 2, captured[0]);
        Object[] arguments = {new KernelContext(), counting(), new FloatArray(THREADS)};
        GridSimulator simulator = new GridSimulator();
        List<LogRecord> warnings = LoggedRecords.during(GridSimulator.class, () -> {
            KernelFault fault = assertThrows(KernelFault.class, () -> simulator.run("graph.task", kernel, arguments, grid(THREADS)));
            assertEquals("(1, 0, 0)", fault.block());
            assertEquals("(0, 0, 0)", fault.thread());
            assertTrue(fault.getMessage().contains("access outside an array"), fault.getMessage());
            Task3<KernelContext, FloatArray, FloatArray> another = (context, x, y) -> y.set(context.globalIdx, captured[0]);
            simulator.run("graph.other", another, arguments, grid(THREADS));
        });
        assertEquals(1, warnings.size(), "the first such kernel stands for all");
        assertEquals(Level.WARNING, warnings.getFirst().getLevel());
        assertTrue(warnings.getFirst().getMessage().startsWith("kernel graph.task is not checked for data races"), warnings.getFirst().getMessage());
        assertTrue(warnings.getFirst().getMessage().contains("make the task a reference to a static method"), warnings.getFirst().getMessage());
    }

    @Test
    void knownMethodsGiveNoWarning() {
        assertEquals(List.of(), LoggedRecords.during(GridSimulator.class, () -> run(FaultyKernels::reverse)));
    }

    @Test
    void racesBetweenBlocks() {
        assertFault(FaultyKernels::blocksWriteOne, "blocksWriteOne", "(1, 0, 0)", "(0, 0, 0)",
                "it writes element 0 of the global FloatArray[64]", "a thread of block (0, 0, 0) writes in the same launch");
        assertFault(FaultyKernels::blockReadsOther, "blockReadsOther", "(1, 0, 0)", "(0, 0, 0)", "it reads element 31", "block (0, 0, 0) writes");
        assertFault(FaultyKernels::blockWritesRead, "blockWritesRead", "(1, 0, 0)", "(0, 0, 0)", "it writes element 0", "an earlier block reads");
    }

    @Test
    void racesWithinABlockInGlobalMemory() {
        assertFault(FaultyKernels::globalNeighbours, "globalNeighbours", "(0, 0, 0)", "(1, 0, 0)", "global FloatArray[64]",
                "thread (0, 0, 0) ", "no barrier");
    }

    private static KernelFault faultOfInts(Task3<KernelContext, IntArray, IntArray> kernel) {
        Object[] arguments = {new KernelContext(), new IntArray(BLOCK), new IntArray(4)};
        return assertThrows(KernelFault.class, () -> SIMULATOR.run("graph.task", kernel, arguments, grid(BLOCK)));
    }

    @Test
    void updatesWithoutAtomics() {
        check(faultOfInts(FaultyKernels::countsWithoutAtomics), "countsWithoutAtomics", "(0, 0, 0)", "(1, 0, 0)", "data race", "IntArray[4]");
        check(faultOfInts(FaultyKernels::readsWhatOthersUpdate), "readsWhatOthersUpdate", "(0, 0, 0)", "(1, 0, 0)", "thread (0, 0, 0)");
    }

    @Test
    void warpOperationsThatNotAllLanesReach() {
        assertFault(FaultyKernels::shuffleAfterReturn, "shuffleAfterReturn", "(0, 0, 0)", "(20, 0, 0)", "it has ended while", "simdShuffleDown (line ");
        assertFault(FaultyKernels::divergentWarp, "divergentWarp", "(0, 0, 0)", "(0, 0, 0)", "divergent warp: it waits at simdSum", "simdShuffleDown");
    }

    @Test
    void tensorCoreOperandsOutsideLocalMemory() {
        assertFault(FaultyKernels::fragmentOutsideTile, "fragmentOutsideTile", "(0, 0, 0)", "(15, 0, 0)", "element 120 of the local int[120]");
        assertFault(FaultyKernels::misalignedFragment, "misalignedFragment", "(0, 0, 0)", "(0, 0, 0)", "byte 8 of local memory", "multiple of 16");
    }

    @Test
    void localMemoryThatNoBlockHas() {
        assertFault(FaultyKernels::tooMuchLocalMemory, "tooMuchLocalMemory", "(0, 0, 0)", "(0, 0, 0)", "49156 bytes of local memory", "49152");
        assertFault(FaultyKernels::differentLocalArrays, "differentLocalArrays", "(0, 0, 0)", "(1, 0, 0)", "float[2], other threads' is float[1]");
    }

    @Test
    void unsupportedOperationIsNamed() {
        var problem = assertThrows(UnsupportedOperationException.class, () -> run(FaultyKernels::eightBitFragments));
        assertTrue(problem.getMessage().contains("mmaFragmentInt"), problem.getMessage());
    }

    @Test
    void gridsThatDoNotFit() {
        Task3<KernelContext, FloatArray, FloatArray> kernel = FaultyKernels::reverse;
        Object[] arguments = {new KernelContext(), counting(), new FloatArray(THREADS)};
        assertThrows(IllegalArgumentException.class, () -> SIMULATOR.run("graph.task", kernel, arguments, grid(40)));
        WorkerGrid1D large = new WorkerGrid1D(2048);
        large.setLocalWork(2048, 1, 1);
        assertThrows(IllegalArgumentException.class, () -> SIMULATOR.run("graph.task", kernel, arguments, large));
    }

    @Test
    void correctFormsGiveNoAlarm() {
        FloatArray reversed = run(FaultyKernels::reverse);
        FloatArray shuffled = run(FaultyKernels::shuffles);
        run(FaultyKernels::globalNeighboursWithBarrier);
        for (int i = 0; i < THREADS; i++) {
            int blockStart = i / BLOCK * BLOCK;
            assertEquals(blockStart + BLOCK - i % BLOCK, reversed.get(i));
            int from = i % 32 + 3 < 32 ? i + 3 : i;
            assertEquals(from + 1 + 1000f * (i / 32 * 32 + 1), shuffled.get(i));
        }
        IntArray flags = new IntArray(1);
        Task3<KernelContext, IntArray, IntArray> flag = FaultyKernels::allRaiseOneFlag;
        SIMULATOR.run("graph.task", flag, new Object[] {new KernelContext(), new IntArray(THREADS), flags}, grid(THREADS));
        assertEquals(1, flags.get(0));
    }

    @Test
    void copiesArriveAtTheWait() {
        HalfFloatArray x = new HalfFloatArray(2 * BLOCK);
        for (int i = 0; i < x.getSize(); i++) {
            x.set(i, new HalfFloat((short) (i + 1)));
        }
        IntArray before = new IntArray(BLOCK);
        IntArray after = new IntArray(BLOCK);
        Task4<KernelContext, HalfFloatArray, IntArray, IntArray> kernel = FaultyKernels::readsBeforeWait;
        SIMULATOR.run("graph.task", kernel, new Object[] {new KernelContext(), x, before, after}, grid(BLOCK));
        for (int i = 0; i < BLOCK; i++) {
            assertEquals(-1, before.get(i));
            assertEquals(2 * i + 1 | 2 * i + 2 << 16, after.get(i));
        }
        Task4<KernelContext, HalfFloatArray, IntArray, IntArray> odd = FaultyKernels::copiesFromOddElement;
        KernelFault fault = assertThrows(KernelFault.class,
                () -> SIMULATOR.run("graph.task", odd, new Object[] {new KernelContext(), x, before, after}, grid(BLOCK)));
        check(fault, "copiesFromOddElement", "(0, 0, 0)", "(0, 0, 0)", "even element");
    }

    @Test
    void withoutAGridTheKernelIsAPlainMethod() {
        FloatArray y = new FloatArray(1);
        Task3<KernelContext, FloatArray, FloatArray> kernel = FaultyKernels::globalNeighboursWithBarrier;
        assertThrows(IndexOutOfBoundsException.class,
                () -> SIMULATOR.run("graph.task", kernel, new Object[] {new KernelContext(), counting(), y}, null));
        assertEquals(2f, y.get(0));
    }
}
