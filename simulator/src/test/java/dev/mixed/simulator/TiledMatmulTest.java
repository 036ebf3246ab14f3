// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.simulator.samples.MatrixKernels;
import java.util.Random;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task5;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

class TiledMatmulTest {
    private static final GridSimulator SIMULATOR = new GridSimulator();

    @ParameterizedTest
    @ValueSource(ints = {16, 48, 128})
    void equalsEjml(int n) {
        Random random = new Random(n);
        SimpleMatrix a = SimpleMatrix.random_DDRM(n, n, -1, 1, random);
        SimpleMatrix b = SimpleMatrix.random_DDRM(n, n, -1, 1, random);
        FloatArray c = new FloatArray(n * n);
        WorkerGrid2D grid = new WorkerGrid2D(n, n);
        grid.setLocalWork(MatrixKernels.TILE, MatrixKernels.TILE, 1);
        Task5<KernelContext, FloatArray, FloatArray, FloatArray, Integer> task = MatrixKernels::tiled;
        SIMULATOR.run("matmul", task, new Object[] {new KernelContext(), array(a), array(b), c, n}, grid);

        SimpleMatrix expected = a.mult(b);
        for (int i = 0; i < n * n; i++) {
            assertEquals(expected.get(i / n, i % n), c.get(i), 1e-5 * n, "element " + i);
        }
    }

    private static FloatArray array(SimpleMatrix matrix) {
        FloatArray array = new FloatArray(matrix.getNumElements());
        for (int i = 0; i < array.getSize(); i++) {
            array.set(i, (float) matrix.get(i / matrix.getNumCols(), i % matrix.getNumCols()));
        }
        return array;
    }
}
