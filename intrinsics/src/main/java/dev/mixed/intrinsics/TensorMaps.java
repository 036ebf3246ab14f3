// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Copies of boxes of a tensor by the maps that a launch brings ({@link KernelGrid}): one thread starts one; elements outside the tensor are zeros when
 * read and left out when written. Coordinates are of the box's first element, innermost first. Shared memory is a multiple of 1024 where swizzled.
 */
public final class TensorMaps {
    private TensorMaps() {
    }

    /** The launch's map of that number, a constant, which is of {@code array}. Pass it on as it is. */
    @CudaC(value = "$r = (long long) &tensor_map_$0 /* of $1 */", needs = Capability.SM_90)
    public static long map(int number, HalfFloatArray array) {
        return DeviceThread.current().tensorMap(number, array);
    }

    /** The launch's map of that number, a constant, which is of {@code array}. Pass it on as it is. */
    @CudaC(value = "$r = (long long) &tensor_map_$0 /* of $1 */", needs = Capability.SM_90)
    public static long map(int number, FloatArray array) {
        return DeviceThread.current().tensorMap(number, array);
    }

    /** Starts to copy a box of a matrix to shared memory; its bytes arrive at the barrier, also those of zeros. */
    @CudaC(value = "asm volatile(\"cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];\""
            + " :: \"r\"($0), \"l\"($1), \"r\"($2), \"r\"($3), \"r\"($4) : \"memory\")", needs = Capability.SM_90)
    public static void copy(int to, long map, int barrier, int column, int row) {
        DeviceThread.current().copyBox(to, map, barrier, column, row);
    }

    /** {@link #copy(int, long, int, int, int)} of a tensor of three dimensions. */
    @CudaC(value = "asm volatile(\"cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];\""
            + " :: \"r\"($0), \"l\"($1), \"r\"($2), \"r\"($3), \"r\"($4), \"r\"($5) : \"memory\")", needs = Capability.SM_90)
    public static void copy(int to, long map, int barrier, int column, int row, int entry) {
        DeviceThread.current().copyBox(to, map, barrier, column, row, entry);
    }

    /** Starts to copy a box from shared memory to a matrix: that of {@code array}, which is named because it is written. */
    @CudaC(value = "asm volatile(\"cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%2, %3}], [%1];\" :: \"l\"($1), \"r\"($2), \"r\"($3), \"r\"($4) : \"memory\") /* $0 */",
            writes = 0, needs = Capability.SM_90)
    public static void store(HalfFloatArray array, long map, int from, int column, int row) {
        DeviceThread.current().storeBox(array, map, from, column, row);
    }

    /** {@link #store(HalfFloatArray, long, int, int, int)} of floats. */
    @CudaC(value = "asm volatile(\"cp.async.bulk.tensor.2d.global.shared::cta.bulk_group [%0, {%2, %3}], [%1];\" :: \"l\"($1), \"r\"($2), \"r\"($3), \"r\"($4) : \"memory\") /* $0 */",
            writes = 0, needs = Capability.SM_90)
    public static void store(FloatArray array, long map, int from, int column, int row) {
        DeviceThread.current().storeBox(array, map, from, column, row);
    }

    /** Closes the group of this thread's stores since the last call. */
    @CudaC(value = "asm volatile(\"cp.async.bulk.commit_group;\" ::: \"memory\")", needs = Capability.SM_90)
    public static void commit() {
        DeviceThread.current().commitBoxes();
    }

    /** Waits until at most {@code groups}, a constant, of this thread's groups of stores have still to read shared memory. */
    @CudaC(value = "asm volatile(\"cp.async.bulk.wait_group.read %0;\" :: \"n\"($0) : \"memory\")", needs = Capability.SM_90)
    public static void awaitRead(int groups) {
        DeviceThread.current().awaitBoxesRead(groups);
    }

    /** Orders this thread's accesses to shared memory before those of copies by tensor maps and of wgmma. */
    @CudaC(value = "asm volatile(\"fence.proxy.async.shared::cta;\" ::: \"memory\")", needs = Capability.SM_90)
    public static void fence() {
        DeviceThread.current().fenceAsync();
    }
}
