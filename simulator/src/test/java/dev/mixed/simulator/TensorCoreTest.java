// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.simulator.samples.TensorCoreKernels;
import java.util.Random;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task6;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

class TensorCoreTest {
    private static final GridSimulator SIMULATOR = new GridSimulator();

    @Test
    void plainTilesEqualEjml() {
        compare(TensorCoreKernels::plainTiles, 64, 64, 64, false);
        compare(TensorCoreKernels::plainTiles, 32, 96, 16, false);
    }

    @Test
    void swizzledTilesEqualEjml() {
        compare(TensorCoreKernels::swizzledTiles, 64, 64, 64, false);
        compare(TensorCoreKernels::swizzledTiles, 96, 32, 32, false);
    }

    @Test
    void asyncCopiesEqualEjml() {
        compare(TensorCoreKernels::asyncCopies, 64, 64, 64, false);
        compare(TensorCoreKernels::asyncCopies, 32, 32, 16, false);
    }

    @Test
    void swizzledHalvesEqualEjml() {
        compare(TensorCoreKernels::swizzledHalves, 64, 64, 64, false);
    }

    @Test
    void transposedRightOperandEqualsEjml() {
        compare(TensorCoreKernels::transposedRight, 32, 64, 48, true);
    }

    private static void compare(Task6<KernelContext, HalfFloatArray, HalfFloatArray, FloatArray, Integer, Integer> task, int m, int n, int k,
            boolean transposed) {
        Random random = new Random(m + n + k);
        HalfFloatArray a = random(m * k, random);
        HalfFloatArray b = random(k * n, random);
        FloatArray c = new FloatArray(m * n);
        WorkerGrid2D grid = new WorkerGrid2D(n / TensorCoreKernels.TILE * TensorCoreKernels.THREADS, m / TensorCoreKernels.TILE);
        grid.setLocalWork(TensorCoreKernels.THREADS, 1, 1);
        SIMULATOR.run("gemm", task, new Object[] {new KernelContext(), a, b, c, n, k}, grid);

        SimpleMatrix right = transposed ? matrix(b, n, k).transpose() : matrix(b, k, n);
        SimpleMatrix expected = matrix(a, m, k).mult(right);
        for (int i = 0; i < m * n; i++) {
            assertEquals(expected.get(i / n, i % n), c.get(i), 1e-5 * k, "element " + i);
        }
    }

    private static HalfFloatArray random(int size, Random random) {
        HalfFloatArray array = new HalfFloatArray(size);
        for (int i = 0; i < size; i++) {
            array.set(i, new HalfFloat(random.nextFloat() * 2 - 1));
        }
        return array;
    }

    private static SimpleMatrix matrix(HalfFloatArray array, int rows, int columns) {
        SimpleMatrix matrix = new SimpleMatrix(rows, columns);
        for (int i = 0; i < rows * columns; i++) {
            matrix.set(i / columns, i % columns, array.get(i).getFloat32());
        }
        return matrix;
    }
}
