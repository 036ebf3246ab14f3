// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.simulator.samples.WarpProductKernels;
import dev.mixed.simulator.samples.WarpgroupProductKernels;
import dev.mixed.tornado.KernelFault;
import java.util.List;
import java.util.Random;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task10;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task7;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/** Whole matrix products on intrinsics, right ones and such as leave out what orders their threads. */
class ProductKernelsTest {
    private static final GridSimulator SIMULATOR = new GridSimulator();

    private static HalfFloatArray random(int size, Random random) {
        HalfFloatArray array = new HalfFloatArray(size);
        for (int i = 0; i < size; i++) {
            array.set(i, new HalfFloat(random.nextFloat() * 2 - 1));
        }
        return array;
    }

    private static SimpleMatrix matrix(HalfFloatArray array, int rows, int columns, boolean transposed) {
        SimpleMatrix matrix = new SimpleMatrix(rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                matrix.set(i, j, array.get(transposed ? j * rows + i : i * columns + j).getFloat32());
            }
        }
        return matrix;
    }

    private static void compare(SimpleMatrix expected, HalfFloatArray c) {
        for (int i = 0; i < c.getSize(); i++) {
            double value = expected.get(i / expected.getNumCols(), i % expected.getNumCols());
            assertEquals(value, c.get(i).getFloat32(), 1e-3 + 1e-3 * Math.abs(value), "element " + i);
        }
    }

    private static void warps(Task7<KernelContext, HalfFloatArray, HalfFloatArray, HalfFloatArray, Integer, Integer, Integer> kernel, int m, int n, int k) {
        Random random = new Random(m + n + k);
        HalfFloatArray a = random(m * k, random);
        HalfFloatArray b = random(k * n, random);
        HalfFloatArray c = new HalfFloatArray(m * n);
        WorkerGrid grid = new KernelGrid(n / WarpProductKernels.TILE, m / WarpProductKernels.TILE, 1, WarpProductKernels.THREADS, 0, 1, List.of());
        SIMULATOR.run("product", kernel, new Object[] {new KernelContext(), a, b, c, m, n, k}, grid);
        compare(matrix(a, m, k, false).mult(matrix(b, k, n, false)), c);
    }

    @Test
    void warpProductsEqualEjml() {
        warps(WarpProductKernels::product, 64, 128, 160);
        warps(WarpProductKernels::product, 128, 64, 32);
    }

    private static void warpgroups(int m, int n, int k, int alongA, int alongB, int missing) {
        Random random = new Random(m + n + k);
        HalfFloatArray a = random(m * k, random);
        HalfFloatArray b = random(k * n, random);
        HalfFloatArray c = new HalfFloatArray(m * n);
        Task10<KernelContext, HalfFloatArray, HalfFloatArray, HalfFloatArray, Integer, Integer, Integer, Integer, Integer, Integer> kernel = WarpgroupProductKernels::product;
        SIMULATOR.run("product", kernel, new Object[] {new KernelContext(), a, b, c, m, n, k, alongA, alongB, missing},
                WarpgroupProductKernels.grid(1, m, n, k, alongA, alongB));
        compare(matrix(a, m, k, alongA == 0).mult(matrix(b, k, n, alongB != 0)), c);
    }

    @ParameterizedTest
    @CsvSource({"128, 256, 192, 1, 1", "128, 128, 64, 1, 0", "128, 128, 64, 0, 1", "128, 128, 128, 0, 0"})
    void warpgroupProductsEqualEjml(int m, int n, int k, int alongA, int alongB) {
        warpgroups(m, n, k, alongA, alongB, WarpgroupProductKernels.NOTHING);
    }

    private static String fault(Runnable kernel) {
        return assertThrows(KernelFault.class, kernel::run).getMessage();
    }

    private static void assertContains(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), "'" + part + "' in: " + message);
        }
    }

    @Test
    void copiesThatNobodyWaitsFor() {
        assertContains(fault(() -> warps(WarpProductKernels::awaitsTooFew, 64, 64, 128)), "WarpProductKernels.awaitsTooFew",
                "ldmatrix reads the word at address",
                "cp.async of", "is under way: its await is missing", "WarpProductKernels.java:");
        assertContains(fault(() -> warps(WarpProductKernels::withoutBarrier, 64, 64, 128)), "ldmatrix reads the word at address");
    }

    private static String without(int missing) {
        return fault(() -> warpgroups(128, 256, 192, 1, 1, missing));
    }

    @Test
    void whatOrdersWarpgroupsIsMissed() {
        assertContains(without(WarpgroupProductKernels.FULL_WAIT), "wgmma reads the word at address 1024", "its phase of the mbarrier at", "is not awaited");
        assertContains(without(WarpgroupProductKernels.EMPTY_WAIT), "thread (256, 0, 0)", "a copy of a box writes the word at address 1024");
        assertContains(without(WarpgroupProductKernels.WGMMA_WAIT), "thread (256, 0, 0)", "a copy of a box writes",
                "a wgmma of thread (0, 0, 0)'s warp still reads");
        assertContains(without(WarpgroupProductKernels.ASYNC_FENCE), "a store of a box reads", "without a TensorMaps.fence");
        assertContains(without(WarpgroupProductKernels.READ_WAIT), "stmatrix writes", "a store of a box by thread (0, 0, 0) still reads");
        assertContains(without(WarpgroupProductKernels.WGMMA_FENCE), "wgmma without a Wgmma.fence");
        assertContains(without(WarpgroupProductKernels.FREE), "deadlock: it waits at mbarrier.try_wait (line ", "of 8 arrivals have come");
        assertContains(without(WarpgroupProductKernels.INIT_FENCE), "initialised without Mbarriers.fenceInit");
        assertContains(without(WarpgroupProductKernels.EXPECTED), "deadlock", "1 of 1 arrivals have come, and 16 expected bytes have not");
    }
}
