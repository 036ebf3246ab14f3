// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mixed.simulator.samples.BlockKernels;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task5;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task6;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.DoubleArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

class BlockKernelsTest {
    private static final GridSimulator SIMULATOR = new GridSimulator();

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 128, 515})
    void softmaxEqualsPlainLoops(int columns) {
        int rows = 5;
        Random random = new Random(columns);
        FloatArray x = new FloatArray(rows * columns);
        FloatArray y = new FloatArray(rows * columns);
        for (int i = 0; i < x.getSize(); i++) {
            x.set(i, random.nextFloat() * 20 - 10);
        }
        WorkerGrid1D grid = new WorkerGrid1D(rows * BlockKernels.BLOCK);
        grid.setLocalWork(BlockKernels.BLOCK, 1, 1);
        Task4<KernelContext, FloatArray, FloatArray, Integer> task = BlockKernels::softmax;
        SIMULATOR.run("softmax", task, new Object[] {new KernelContext(), x, y, columns}, grid);

        for (int row = 0; row < rows; row++) {
            double max = Double.NEGATIVE_INFINITY;
            double sum = 0;
            for (int i = 0; i < columns; i++) {
                max = Math.max(max, x.get(row * columns + i));
            }
            for (int i = 0; i < columns; i++) {
                sum += Math.exp(x.get(row * columns + i) - max);
            }
            for (int i = 0; i < columns; i++) {
                assertEquals(Math.exp(x.get(row * columns + i) - max) / sum, y.get(row * columns + i), 1e-6, "row " + row + ", column " + i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 100, 256})
    void histogramEqualsPlainLoops(int block) {
        int bins = 37;
        int count = 4 * block;
        Random random = new Random(block);
        IntArray values = new IntArray(count);
        FloatArray weight = new FloatArray(count);
        int[] expected = new int[bins];
        double[] expectedWeights = new double[bins];
        for (int i = 0; i < count; i++) {
            values.set(i, random.nextInt(bins));
            weight.set(i, random.nextFloat());
            expected[values.get(i)]++;
            expectedWeights[values.get(i)] += weight.get(i);
        }
        IntArray counts = new IntArray(bins);
        FloatArray weights = new FloatArray(bins);
        WorkerGrid1D grid = new WorkerGrid1D(count);
        grid.setLocalWork(block, 1, 1);
        Task6<KernelContext, IntArray, FloatArray, IntArray, FloatArray, Integer> task = BlockKernels::histogram;
        SIMULATOR.run("histogram", task, new Object[] {new KernelContext(), values, weight, counts, weights, bins}, grid);

        for (int i = 0; i < bins; i++) {
            assertEquals(expected[i], counts.get(i), "bin " + i);
            assertEquals(expectedWeights[i], weights.get(i), 1e-4, "weight of bin " + i);
        }
    }

    @Test
    void twoRunsGiveTheSameBits() {
        FloatArray x = new FloatArray(256);
        for (int i = 0; i < 256; i++) {
            x.set(i, (float) Math.sin(i));
        }
        FloatArray first = new FloatArray(256);
        FloatArray second = new FloatArray(256);
        WorkerGrid1D grid = new WorkerGrid1D(BlockKernels.BLOCK);
        grid.setLocalWork(BlockKernels.BLOCK, 1, 1);
        Task4<KernelContext, FloatArray, FloatArray, Integer> task = BlockKernels::softmax;
        SIMULATOR.run("softmax", task, new Object[] {new KernelContext(), x, first, 256}, grid);
        SIMULATOR.run("softmax", task, new Object[] {new KernelContext(), x, second, 256}, grid);
        for (int i = 0; i < 256; i++) {
            assertEquals(Float.floatToRawIntBits(first.get(i)), Float.floatToRawIntBits(second.get(i)), "element " + i);
        }
    }

    private static HalfFloatArray countingHalves(int size) {
        HalfFloatArray x = new HalfFloatArray(size);
        for (int i = 0; i < size; i++) {
            x.set(i, new HalfFloat((float) i));
        }
        return x;
    }

    @Test
    void pairsAndWideAtomicsEqualPlainLoops() {
        HalfFloatArray x = countingHalves(128);
        HalfFloatArray y = new HalfFloatArray(128);
        LongArray longs = new LongArray(1);
        DoubleArray doubles = new DoubleArray(1);
        WorkerGrid1D grid = new WorkerGrid1D(64);
        grid.setLocalWork(16, 1, 1);
        Task5<KernelContext, HalfFloatArray, HalfFloatArray, LongArray, DoubleArray> task = BlockKernels::pairsAndTotals;
        SIMULATOR.run("pairs", task, new Object[] {new KernelContext(), x, y, longs, doubles}, grid);
        for (int i = 0; i < 128; i++) {
            assertEquals(2f * i, y.get(i).getFloat32());
        }
        assertEquals(63 * 64 / 2, longs.get(0));
        assertEquals(63 * 64 / 4.0, doubles.get(0));
    }

    @Test
    void swizzledTilesComeBackWhereTheyWereStored() {
        HalfFloatArray x = countingHalves(256);
        HalfFloatArray y = new HalfFloatArray(256);
        HalfFloatArray z = new HalfFloatArray(256);
        WorkerGrid1D grid = new WorkerGrid1D(256);
        grid.setLocalWork(256, 1, 1);
        Task4<KernelContext, HalfFloatArray, HalfFloatArray, HalfFloatArray> task = BlockKernels::swizzledTranspose;
        SIMULATOR.run("transpose", task, new Object[] {new KernelContext(), x, y, z}, grid);
        for (int i = 0; i < 256; i++) {
            assertEquals(i % 16 * 16 + i / 16, y.get(i).getFloat32());
            assertEquals(i % 16 * 16 + i / 16, z.get(i).getFloat32());
        }
    }
}
