// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.intrinsics.TensorMap;
import dev.mixed.simulator.instrument.KernelMethod;
import dev.mixed.tornado.TaskCode;
import java.util.List;
import java.util.function.Consumer;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task7;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** A kernel on intrinsics, its grid, and what its results must be. The inputs are the same for all kernels. */
record IntrinsicCase(Task7<KernelContext, HalfFloatArray, FloatArray, IntArray, HalfFloatArray, FloatArray, IntArray> kernel, KernelGrid grid,
        Consumer<Results> check) {
    static final int SIZE = 32768;

    /** What the kernel left. Before it, all results were 0. */
    record Results(HalfFloatArray halves, FloatArray floats, IntArray ints) {
    }

    /** A grid of so many blocks. */
    static KernelGrid grid(int blocks, int threads, int sharedBytes, TensorMap... maps) {
        return new KernelGrid(blocks, 1, 1, threads, sharedBytes, 1, List.of(maps));
    }

    /** Input half i: sixteenths from -3.5 to 3.5, which are exact in halves, bf16 and tf32, as are products of two and short sums of those in float. */
    static float half(int i) {
        return (i * 37 % 113 - 56) / 16f;
    }

    /** Input float i; the same numbers in another order. */
    static float single(int i) {
        return (i * 29 % 113 - 56) / 16f;
    }

    /** Input int i. */
    static int integer(int i) {
        return i * 7919 + 1;
    }

    private Object[] arguments() {
        HalfFloatArray halves = new HalfFloatArray(SIZE);
        FloatArray floats = new FloatArray(SIZE);
        IntArray ints = new IntArray(SIZE);
        for (int i = 0; i < SIZE; i++) {
            halves.set(i, new HalfFloat(half(i)));
            floats.set(i, single(i));
            ints.set(i, integer(i));
        }
        return new Object[] {new KernelContext(), halves, floats, ints, new HalfFloatArray(SIZE), new FloatArray(SIZE), new IntArray(SIZE)};
    }

    Results run() {
        Object[] arguments = arguments();
        new GridSimulator().run("case", kernel, arguments, grid);
        return new Results((HalfFloatArray) arguments[4], (FloatArray) arguments[5], (IntArray) arguments[6]);
    }

    /** The kernel's static method. */
    KernelMethod method() {
        Object[] arguments = arguments();
        return KernelMethod.of(TaskCode.handle(kernel, arguments.length), arguments, kernel).orElseThrow();
    }

    @Override
    public String toString() {
        return method().name();
    }
}
