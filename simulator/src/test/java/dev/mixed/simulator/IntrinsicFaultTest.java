// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.intrinsics.TensorMap;
import dev.mixed.simulator.samples.FaultyHopperIntrinsics;
import dev.mixed.simulator.samples.FaultyMemoryIntrinsics;
import dev.mixed.simulator.samples.FaultyWarpgroups;
import dev.mixed.tornado.KernelFault;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Wrong kernels on intrinsics: each fails with the thread, the place and what is missing. */
class IntrinsicFaultTest {
    private static final GridSimulator SIMULATOR = new GridSimulator();
    private static final int HALVES = 8192;
    private static final TensorMap MAP = TensorMap.matrix(1, HALVES / 64, 64, 64, 8, 64);

    /** A kernel that is named like its method, in a block of that many threads, and what its fault says. */
    record Wrong(String method, int threads, Task4<KernelContext, HalfFloatArray, FloatArray, IntArray> kernel, int thread, List<String> says) {
        @Override
        public String toString() {
            return method;
        }
    }

    private static Wrong wrong(String method, int threads, Task4<KernelContext, HalfFloatArray, FloatArray, IntArray> kernel, int thread, String... says) {
        return new Wrong(method, threads, kernel, thread, List.of(says));
    }

    static List<Wrong> memory() {
        String unordered = "and no barrier, mbarrier or instruction of their warp orders the two";
        return List.of(
                wrong("readsNull", 32, FaultyMemoryIntrinsics::readsNull, 0, "ld.shared of 4 bytes at address 0, outside", "1024 to 1087"),
                wrong("writesBehind", 32, FaultyMemoryIntrinsics::writesBehind, 16, "st.shared of 4 bytes at address 1088, outside"),
                wrong("readsByNoAddress", 32, FaultyMemoryIntrinsics::readsByNoAddress, 0, "an address that no array has"),
                wrong("readsHalvesWhereFloatsAre", 32, FaultyMemoryIntrinsics::readsHalvesWhereFloatsAre, 0, "an address that no array of halves has"),
                wrong("readsBehindByAddress", 32, FaultyMemoryIntrinsics::readsBehindByAddress, 0, "outside"),
                wrong("hasNone", 32, FaultyMemoryIntrinsics::hasNone, 0, "outside of the block's shared memory, of which it has none"),
                wrong("misaligned", 32, FaultyMemoryIntrinsics::misaligned, 1, "st.shared at address 1026", "no multiple of 4"),
                wrong("misalignedFour", 32, FaultyMemoryIntrinsics::misalignedFour, 1, "st.shared.v4 at address 1032", "no multiple of 16"),
                wrong("readsWhatNobodyWrote", 32, FaultyMemoryIntrinsics::readsWhatNobodyWrote, 31, "reads the word at address 1152", "nothing has written"),
                wrong("tooMuchStatic", 32, FaultyMemoryIntrinsics::tooMuchStatic, 0, "49156 bytes of static shared memory; a block has 49152"),
                wrong("differentSizes", 32, FaultyMemoryIntrinsics::differentSizes, 1, "it allocates 68 bytes of shared memory, other threads 64"),
                wrong("allocatesTwice", 32, FaultyMemoryIntrinsics::allocatesTwice, 0, "a second time"),
                wrong("noDynamic", 32, FaultyMemoryIntrinsics::noDynamic, 0, "brings no dynamic shared memory"),
                wrong("readsNeighbour", 32, FaultyMemoryIntrinsics::readsNeighbour, 1, "ld.shared reads the word at address 1024",
                        "which thread (0, 0, 0) writes, " + unordered),
                wrong("writesReadWord", 32, FaultyMemoryIntrinsics::writesReadWord, -1, "st.shared writes the word at address",
                        ") reads, " + unordered),
                wrong("allWriteOne", 32, FaultyMemoryIntrinsics::allWriteOne, 1, "st.shared writes the word at address 1024", "thread (0, 0, 0) writes, "
                        + unordered),
                wrong("barrierOfOthers", 64, FaultyMemoryIntrinsics::barrierOfOthers, -1, "thread (0, 0, 0) writes, " + unordered),
                wrong("warpBarrierForABlock", 64, FaultyMemoryIntrinsics::warpBarrierForABlock, -1, "thread (0, 0, 0) writes, " + unordered),
                wrong("readsBeforeAwait", 32, FaultyMemoryIntrinsics::readsBeforeAwait, 0,
                        "to which a cp.async of this thread is under way: its await is missing"),
                wrong("awaitsWithoutCommit", 32, FaultyMemoryIntrinsics::awaitsWithoutCommit, 0, "a cp.async of this thread is under way"),
                wrong("readsOthersCopy", 32, FaultyMemoryIntrinsics::readsOthersCopy, 1, "thread (0, 0, 0) writes, " + unordered),
                wrong("barrierBeforeAwait", 32, FaultyMemoryIntrinsics::barrierBeforeAwait, 31, "to which a cp.async of thread (30, 0, 0) is under way"),
                wrong("writesUnderCopy", 32, FaultyMemoryIntrinsics::writesUnderCopy, 0, "writes the word at address 1036", "a cp.async of this thread"),
                wrong("copiesOverRead", 32, FaultyMemoryIntrinsics::copiesOverRead, -1, "a cp.async of thread ("),
                wrong("copiesFromOddPlace", 32, FaultyMemoryIntrinsics::copiesFromOddPlace, 0, "cp.async of 16 bytes from element 4", "no multiple of 8"),
                wrong("copiesToOddPlace", 32, FaultyMemoryIntrinsics::copiesToOddPlace, 0, "cp.async at address 1032", "no multiple of 16"),
                wrong("copiesFromBehind", 32, FaultyMemoryIntrinsics::copiesFromBehind, 1,
                        "read outside an array: element 8192 of the global HalfFloatArray[8192]"),
                wrong("copiesTooMany", 32, FaultyMemoryIntrinsics::copiesTooMany, 0, "cp.async of 18 of 16 bytes"),
                wrong("misalignedRow", 32, FaultyMemoryIntrinsics::misalignedRow, 0, "ldmatrix at address 1032", "no multiple of 16"),
                wrong("readsStoredMatrix", 32, FaultyMemoryIntrinsics::readsStoredMatrix, -1, "which thread (", ") writes, " + unordered),
                wrong("someLanesShuffle", 32, FaultyMemoryIntrinsics::someLanesShuffle, 16, "it has ended while 16 of 32 threads", "shuffleXor (line "),
                wrong("lanesDiffer", 32, FaultyMemoryIntrinsics::lanesDiffer, 0, "divergent warp: it waits at shuffleXor (line ", "waits at shuffle (line "),
                wrong("misalignedVector", 32, FaultyMemoryIntrinsics::misalignedVector, 1, "ld.global.v4 at element 4", "no multiple of 8"),
                wrong("readsBehind", 32, FaultyMemoryIntrinsics::readsBehind, 1, "read outside an array: element 512"),
                wrong("globalRace", 32, FaultyMemoryIntrinsics::globalRace, 1, "data race", "global FloatArray[512]", "thread (0, 0, 0)"),
                wrong("readsWhileAdding", 32, FaultyMemoryIntrinsics::readsWhileAdding, 1, "data race", "thread (0, 0, 0) updates atomically"));
    }

    static List<Wrong> hopper() {
        return List.of(
                wrong("usesNoBarrier", 32, FaultyHopperIntrinsics::usesNoBarrier, 0, "mbarrier.arrive at address 1032, where no mbarrier has been initialised"),
                wrong("withoutFence", 32, FaultyHopperIntrinsics::withoutFence, -1, "initialised without Mbarriers.fenceInit"),
                wrong("fenceTooLate", 32, FaultyHopperIntrinsics::fenceTooLate, -1, "initialised without Mbarriers.fenceInit before what orders the two"),
                wrong("withoutBlockBarrier", 32, FaultyHopperIntrinsics::withoutBlockBarrier, 1,
                        "thread (0, 0, 0) initialises with no barrier of the block between"),
                wrong("initsTwice", 32, FaultyHopperIntrinsics::initsTwice, 0, "mbarrier.init writes the word at address 1024", "which is part of an mbarrier"),
                wrong("noArrivals", 32, FaultyHopperIntrinsics::noArrivals, 0, "an mbarrier of 0 arrivals"),
                wrong("readsBarrier", 32, FaultyHopperIntrinsics::readsBarrier, -1, "reads the word at address 1028", "part of an mbarrier"),
                wrong("oneTooMany", 32, FaultyHopperIntrinsics::oneTooMany, 0, "one arrival too many at the mbarrier at 1024", "1 of 1 arrivals"),
                wrong("parityOfTwo", 32, FaultyHopperIntrinsics::parityOfTwo, -1, "a wait for parity 2"),
                wrong("tooFewArrive", 32, FaultyHopperIntrinsics::tooFewArrive, 0, "deadlock: it waits at mbarrier.try_wait (line ",
                        "for phase 0 (parity 0) of the mbarrier at 1024, where 31 of 32 arrivals have come"),
                wrong("wrongParity", 64, FaultyHopperIntrinsics::wrongParity, -1, "of shared memory, which "),
                wrong("writesBeforeGivenBack", 64, FaultyHopperIntrinsics::writesBeforeGivenBack, -1, "st.shared writes", "reads, and no barrier"),
                wrong("barrierZero", 32, FaultyHopperIntrinsics::barrierZero, 0, "barrier 0 of 32 threads: its number is 1 to 15"),
                wrong("barrierOfSome", 64, FaultyHopperIntrinsics::barrierOfSome, 0, "barrier 1 of 48 threads", "multiple of 32"),
                wrong("barrierOfDifferent", 64, FaultyHopperIntrinsics::barrierOfDifferent, 32, "barrier 1 of 32 threads, where thread (0, 0, 0) waits for 64"),
                wrong("barrierOfHalfWarps", 64, FaultyHopperIntrinsics::barrierOfHalfWarps, 0, "barrier 1 is reached by 16 threads of a warp"),
                wrong("barrierNobodyReaches", 64, FaultyHopperIntrinsics::barrierNobodyReaches, 0, "deadlock: it waits at barrier 1 (line ",
                        "32 of 64 threads have come"),
                wrong("oddRegisters", 128, FaultyHopperIntrinsics::oddRegisters, 0, "100 registers a thread: they are a multiple of 8 from 24 to 256"),
                wrong("tooManyRegisters", 384, FaultyHopperIntrinsics::tooManyRegisters, -1,
                        "the warpgroups' registers are 67584 in all; a multiprocessor has 65536"),
                wrong("fewerThatAreMore", 384, FaultyHopperIntrinsics::fewerThatAreMore, -1, "fewerRegisters of 240 where the warpgroup has 168"),
                wrong("registersOfAWarp", 128, FaultyHopperIntrinsics::registersOfAWarp, -1, "setmaxnreg of 40 registers where thread (127, 0, 0)"),
                wrong("boxNobodyAwaits", 32, FaultyHopperIntrinsics::boxNobodyAwaits, -1, "ld.shared reads the word", "which a tensor map's box fills",
                        "its phase of the mbarrier at 2048 is not awaited"),
                wrong("boxLeftAlone", 32, FaultyHopperIntrinsics::boxLeftAlone, 0, "the block ends while boxes may be on their way",
                        "no thread awaits phase 0 of the mbarrier at 2048"),
                wrong("boxNobodyExpects", 32, FaultyHopperIntrinsics::boxNobodyExpects, -1, "deadlock", "and 1024 bytes more than expected"),
                wrong("boxAtOddPlace", 32, FaultyHopperIntrinsics::boxAtOddPlace, 0, "a copy of a box at address 1536", "no multiple of 1024"),
                wrong("boxOutside", 32, FaultyHopperIntrinsics::boxOutside, 0, "a copy of a box of 1024 bytes at address 2048, outside"),
                wrong("boxOfThree", 32, FaultyHopperIntrinsics::boxOfThree, 0, "with 3 coordinates by tensor map 0, which has 2 dimensions"),
                wrong("boxByNoMap", 32, FaultyHopperIntrinsics::boxByNoMap, 0, "by a map that TensorMaps.map did not give"),
                wrong("mapOfNobody", 32, FaultyHopperIntrinsics::mapOfNobody, 0, "tensor map 1, where the launch brings 1"),
                wrong("mapOfAnother", 32, FaultyHopperIntrinsics::mapOfAnother, 0, "tensor map 0 of another array than the one that the kernel names"),
                wrong("storeToAnother", 32, FaultyHopperIntrinsics::storeToAnother, 0, "tensor map 0 of another array"),
                wrong("boxAtUnfencedBarrier", 32, FaultyHopperIntrinsics::boxAtUnfencedBarrier, 0, "a copy of a box of the mbarrier at 2048",
                        "without Mbarriers.fenceInit"),
                wrong("boxOverWords", 32, FaultyHopperIntrinsics::boxOverWords, 0, "a copy of a box writes the word at address 1024",
                        "wrote without a TensorMaps.fence"),
                wrong("boxOfUnorderedWords", 32, FaultyHopperIntrinsics::boxOfUnorderedWords, 31, "a store of a box reads the word at address 1024",
                        "thread (0, 0, 0) writes, and no barrier"),
                wrong("boxFencedByOne", 32, FaultyHopperIntrinsics::boxFencedByOne, 0, "a store of a box reads the word at address 1028",
                        "thread (1, 0, 0) wrote without a TensorMaps.fence"),
                wrong("fenceAfterBarrier", 32, FaultyHopperIntrinsics::fenceAfterBarrier, 31, "a store of a box reads", "wrote without a TensorMaps.fence"),
                wrong("storeNeverCommitted", 32, FaultyHopperIntrinsics::storeNeverCommitted, 0, "it ends while a store of a box may still read",
                        "TensorMaps.commit and awaitRead are missing"),
                wrong("storeNeverAwaited", 32, FaultyHopperIntrinsics::storeNeverAwaited, 0, "it ends while a store of a box may still read",
                        "TensorMaps.awaitRead is missing"),
                wrong("writesStoredBox", 32, FaultyHopperIntrinsics::writesStoredBox, -1, "st.shared writes the word at address",
                        "which a store of a box by thread (0, 0, 0) still reads: its TensorMaps.awaitRead is missing"),
                wrong("othersAwait", 32, FaultyHopperIntrinsics::othersAwait, -1, "which a store of a box by thread (0, 0, 0) still reads"));
    }

    static List<Wrong> warpgroups() {
        String noFence = "wgmma without a Wgmma.fence after the registers of ";
        return List.of(
                wrong("readsSums", 128, FaultyWarpgroups::readsSums, -1, "the sums of a wgmma under way are read: its Wgmma.await is missing"),
                wrong("writesSums", 128, FaultyWarpgroups::writesSums, -1, "the sums of a wgmma under way were written"),
                wrong("withoutFence", 128, FaultyWarpgroups::withoutFence, 0, noFence + "its sums"),
                wrong("fenceBeforeChange", 128, FaultyWarpgroups::fenceBeforeChange, 0, noFence + "its sums"),
                wrong("withoutSecondFence", 128, FaultyWarpgroups::withoutSecondFence, 0, noFence + "its sums"),
                wrong("withoutCommit", 128, FaultyWarpgroups::withoutCommit, -1, "it ends while a wgmma is under way"),
                wrong("withoutAsyncFence", 128, FaultyWarpgroups::withoutAsyncFence, 0, "wgmma reads the word at address 1024",
                        "wrote without a TensorMaps.fence"),
                wrong("differentOperands", 128, FaultyWarpgroups::differentOperands, 96, "wgmma with other operands than thread (0, 0, 0) of its warpgroup"),
                wrong("noDescriptor", 128, FaultyWarpgroups::noDescriptor, 0, "wgmma with 400, which is no descriptor of a swizzled matrix"),
                wrong("descriptorBetweenRows", 128, FaultyWarpgroups::descriptorBetweenRows, 0, "wgmma with a matrix at address 1152",
                        "must begin at multiples of 1024"),
                wrong("matrixOutside", 128, FaultyWarpgroups::matrixOutside, 0, "wgmma of 4 bytes at address 17408, outside"),
                wrong("tooFewSums", 128, FaultyWarpgroups::tooFewSums, 0, "wgmma with 16 sums a thread; it has 32"),
                wrong("someWarpsMultiply", 128, FaultyWarpgroups::someWarpsMultiply, -1,
                        "it has ended while thread (0, 0, 0) of its warpgroup waits at wgmma (line ",
                        "which all threads of a warpgroup must reach"),
                wrong("right", 64, FaultyWarpgroups::right, -1, "wgmma needs a warpgroup, 128 threads, from thread 0 of the block on"),
                wrong("writesOperands", 128, FaultyWarpgroups::writesOperands, -1, "st.shared writes the word",
                        "which a wgmma of thread (0, 0, 0)'s warp still reads"),
                wrong("writesOthersOperands", 128, FaultyWarpgroups::writesOthersOperands, 0, "st.shared writes the word at address 9216",
                        "which a wgmma of thread (32, 0, 0)'s warp still reads: its Wgmma.await is missing"),
                wrong("changesFragment", 128, FaultyWarpgroups::changesFragment, -1,
                        "registers that a wgmma under way reads were written before its Wgmma.await"),
                wrong("fragmentAfterFence", 128, FaultyWarpgroups::fragmentAfterFence, 0, noFence + "a"),
                wrong("oneWarpAwaits", 128, FaultyWarpgroups::oneWarpAwaits, 32, "wgmma reads the word", "its phase of the mbarrier at 17408 is not awaited"));
    }

    private static Object[] arguments() {
        return new Object[] {new KernelContext(), new HalfFloatArray(HALVES), new FloatArray(512), new IntArray(512)};
    }

    @ParameterizedTest
    @MethodSource({"memory", "hopper", "warpgroups"})
    void failsWithWhatIsMissing(Wrong wrong) {
        KernelGrid grid = new KernelGrid(1, 1, 1, wrong.threads, 0, 1, List.of(MAP));
        String message = assertThrows(KernelFault.class, () -> SIMULATOR.run("graph.task", wrong.kernel, arguments(), grid)).getMessage();
        assertTrue(message.matches("kernel graph\\.task \\(Faulty\\w+\\." + wrong.method + "\\), block \\(0, 0, 0\\), thread \\(\\d+, 0, 0\\): .*"), message);
        for (String part : wrong.says) {
            assertTrue(message.contains(part), "'" + part + "' in: " + message);
        }
        assertTrue(wrong.thread < 0 || message.contains("thread (" + wrong.thread + ", 0, 0): "), message);
        assertTrue(message.contains(", at Faulty") || message.contains("(line ") || message.contains("ends while") || message.contains("is reached by")
                || message.contains("static shared memory"), message);
    }

    @Test
    void everyWrongKernelIsTried() {
        Set<String> tried = new HashSet<>(List.of("twice", "readsSumsDirectly", "allocatesAfterDynamic"));
        memory().forEach(wrong -> tried.add(wrong.method));
        hopper().forEach(wrong -> tried.add(wrong.method));
        warpgroups().forEach(wrong -> tried.add(wrong.method));
        Set<String> all = new TreeSet<>();
        for (Class<?> kernels : List.of(FaultyMemoryIntrinsics.class, FaultyHopperIntrinsics.class, FaultyWarpgroups.class)) {
            Arrays.stream(kernels.getMethods()).filter(method -> method.getDeclaringClass() == kernels).map(Method::getName).forEach(all::add);
        }
        all.removeAll(tried);
        assertEquals(Set.of(), all);
    }

    private static void run(Task4<KernelContext, HalfFloatArray, FloatArray, IntArray> kernel, KernelGrid grid, Object[] arguments) {
        SIMULATOR.run("graph.task", kernel, arguments, grid);
    }

    @Test
    void rightFormsGiveNoAlarm() {
        KernelGrid grid = new KernelGrid(1, 1, 1, 128, 0, 1, List.of());
        Object[] arguments = arguments();
        run(FaultyWarpgroups::right, grid, arguments);
        assertEquals(16, ((FloatArray) arguments[2]).get(127));
        run(FaultyWarpgroups::twice, grid, arguments);
        assertEquals(33, ((FloatArray) arguments[2]).get(127));
        run(FaultyWarpgroups::readsSumsDirectly, grid, arguments);
        assertTrue(Float.isNaN(((FloatArray) arguments[2]).get(127)));
    }

    @Test
    void whatALaunchBringsMustFit() {
        KernelGrid dynamic = new KernelGrid(1, 1, 1, 32, 64, 1, List.of());
        assertTrue(assertThrows(KernelFault.class, () -> run(FaultyMemoryIntrinsics::allocatesAfterDynamic, dynamic, arguments())).getMessage()
                .contains("it allocates shared memory after SharedMemory.dynamic"));
        KernelGrid large = new KernelGrid(1, 1, 1, 32, 227 * 1024 + 4, 1, List.of());
        assertTrue(assertThrows(KernelFault.class, () -> run(FaultyMemoryIntrinsics::noDynamic, large, arguments())).getMessage()
                .contains("232452 bytes of shared memory; a block has 232448"));
        WorkerGrid1D plain = new WorkerGrid1D(32);
        plain.setLocalWork(32, 1, 1);
        Task4<KernelContext, HalfFloatArray, FloatArray, IntArray> kernel = FaultyMemoryIntrinsics::noDynamic;
        assertTrue(assertThrows(KernelFault.class, () -> SIMULATOR.run("graph.task", kernel, arguments(), plain)).getMessage()
                .contains("give the KernelGrid its sharedBytes"));
        WorkerGrid1D odd = new WorkerGrid1D(48);
        odd.setLocalWork(48, 1, 1);
        Task4<KernelContext, HalfFloatArray, FloatArray, IntArray> rows = FaultyMemoryIntrinsics::misalignedRow;
        assertTrue(assertThrows(KernelFault.class, () -> SIMULATOR.run("graph.task", rows, arguments(), odd)).getMessage()
                .contains("ldmatrix in a block whose x size is not a multiple of 32"));
    }

    private static String refused(TensorMap map) {
        Task4<KernelContext, HalfFloatArray, FloatArray, IntArray> kernel = FaultyHopperIntrinsics::mapOfNobody;
        KernelGrid grid = new KernelGrid(1, 1, 1, 32, 0, 1, List.of(MAP, map));
        return assertThrows(IllegalArgumentException.class, () -> SIMULATOR.run("graph.task", kernel, arguments(), grid)).getMessage();
    }

    @Test
    void mapsThatNoDriverTakes() {
        String start = "kernel graph.task (FaultyHopperIntrinsics.mapOfNobody): tensor map 1 ";
        assertEquals(start + "sees argument 3, which is no HalfFloatArray and no FloatArray", refused(TensorMap.matrix(3, 8, 64, 64, 8, 64)));
        assertEquals(start + "sees argument 7, which is no HalfFloatArray and no FloatArray", refused(TensorMap.matrix(7, 8, 64, 64, 8, 64)));
        assertEquals(start + "has a stride of 68 elements, 136 bytes, which is no multiple of 16 bytes", refused(TensorMap.matrix(1, 8, 64, 68, 8, 64)));
        assertEquals(start + "has swizzled boxes with rows of 64 bytes, which must be 128", refused(TensorMap.matrix(1, 8, 64, 64, 8, 32)));
        assertEquals(start + "has boxes with rows of 8 bytes, which is no multiple of 16 bytes",
                refused(new TensorMap(2, List.of(4, 4), List.of(4), List.of(2, 4), false)));
        assertEquals(start + "sees element 8255 of an array of 8192 elements", refused(TensorMap.matrix(1, 129, 64, 64, 8, 64)));
        assertEquals(start + "has 6 dimensions; 5 are the most",
                refused(new TensorMap(2, List.of(4, 1, 1, 1, 1, 1), List.of(4, 4, 4, 4, 4), List.of(4, 1, 1, 1, 1, 1), false)));
    }

    @Test
    void outsideOfKernelsThereAreNoIntrinsics() {
        HalfFloatArray one = HalfFloatArray.fromElements(new HalfFloat(1f));
        assertThrows(UnsupportedOperationException.class, () -> dev.mixed.intrinsics.GlobalMemory.load(one, 0));
    }
}
