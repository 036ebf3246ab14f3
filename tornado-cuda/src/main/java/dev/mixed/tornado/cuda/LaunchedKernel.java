// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.intrinsics.TensorMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAKernel;

/** A kernel on intrinsics, for one task: launched from here, with dynamic shared memory and tensor maps. */
final class LaunchedKernel extends CUDAKernel {
    /** What TornadoVM passes before a task's own arguments: its context, constants, local memory, atomics. */
    private static final int LEADING = 4;
    private static final int MAP_BYTES = 128;
    private static final int MAP_ALIGNMENT = 64;

    private final Driver driver;
    private final long function;
    private final KernelGrid grid;
    private final List<Object> taskArguments;
    private final int count;
    private final MemorySegment values;
    private final MemorySegment maps;
    private final MemorySegment pointers;
    private final long[] mapped;

    /**
     * @param handle    TornadoVM's own struct of the kernel, which begins with its function
     * @param arguments the task's, its context first
     */
    @SuppressWarnings("restricted") // the struct is native memory
    LaunchedKernel(Driver driver, long handle, CUDADeviceContext context, KernelGrid grid, List<Object> arguments) {
        super(handle, context);
        this.driver = driver;
        this.function = MemorySegment.ofAddress(handle).reinterpret(JAVA_LONG.byteSize()).get(JAVA_LONG, 0);
        this.grid = grid;
        this.taskArguments = arguments;
        this.count = LEADING + arguments.size() - 1;
        Arena arena = Arena.ofAuto();
        values = arena.allocate(JAVA_LONG, count);
        maps = arena.allocate((long) MAP_BYTES * Math.max(1, grid.maps().size()), MAP_ALIGNMENT);
        pointers = arena.allocate(ADDRESS, count + grid.maps().size());
        mapped = new long[grid.maps().size()];
        for (int i = 0; i < count; i++) {
            pointers.setAtIndex(ADDRESS, i, values.asSlice(JAVA_LONG.byteSize() * i, JAVA_LONG));
        }
        for (int i = 0; i < mapped.length; i++) {
            pointers.setAtIndex(ADDRESS, count + i, maps.asSlice((long) MAP_BYTES * i, MAP_BYTES));
        }
        if (grid.sharedBytes() > 0) {
            driver.allowShared(function, grid.sharedBytes());
        }
    }

    @Override
    public void setArg(int index, ByteBuffer buffer) {
        // TornadoVM leaves the position behind the value.
        values.asSlice(JAVA_LONG.byteSize() * index, JAVA_LONG).copyFrom(MemorySegment.ofBuffer(buffer.duplicate().flip()));
    }

    @Override
    public void setArgUnused(int index) {
        values.setAtIndex(JAVA_LONG, index, 0);
    }

    /** Launches it on a stream, with the arguments that were set last. */
    void launch(long stream) {
        for (int i = 0; i < mapped.length; i++) {
            TensorMap map = grid.maps().get(i);
            long address = values.getAtIndex(JAVA_LONG, LEADING + map.argument() - 1) + TornadoNativeArray.ARRAY_HEADER;
            if (mapped[i] != address) {
                boolean halves = taskArguments.get(map.argument()) instanceof HalfFloatArray;
                driver.encode(maps.asSlice((long) MAP_BYTES * i, MAP_BYTES), map, halves, address);
                mapped[i] = address;
            }
        }
        long[] work = grid.getGlobalWork();
        int[] blocks = {(int) (work[0] / grid.threads()), (int) work[1], (int) work[2]};
        driver.launch(function, blocks, grid.threads(), grid.sharedBytes(), stream, pointers);
    }
}
