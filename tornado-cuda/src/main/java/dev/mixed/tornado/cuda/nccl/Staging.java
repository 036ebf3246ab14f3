// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda.nccl;

import java.util.ArrayList;
import java.util.List;

/** Memory of the primary context for copies of arrays; all copies are in the order of NCCL's stream, so each use has it whole. */
final class Staging {
    /** Each array starts at a multiple of so many bytes. */
    private static final long ALIGNMENT = 256;

    private final GpuCalls gpu;
    private final long stream;
    private long address;
    private long bytes;

    Staging(GpuCalls gpu, long stream) {
        this.gpu = gpu;
        this.stream = stream;
    }

    /** Copies of arrays, in the primary context, which is current. */
    List<DeviceMemory> in(List<DeviceMemory> arrays) {
        long needed = arrays.stream().mapToLong(Staging::padded).sum();
        if (needed > bytes) {
            // What was there may still be in use, and stays.
            address = gpu.allocate(needed);
            bytes = needed;
        }
        List<DeviceMemory> copies = new ArrayList<>();
        long at = address;
        for (DeviceMemory array : arrays) {
            DeviceMemory copy = new DeviceMemory(at, array.count(), array.type());
            gpu.copy(copy.address(), array.address(), array.bytes(), stream);
            copies.add(copy);
            at += padded(array);
        }
        return copies;
    }

    /** Copies them back. */
    void out(List<DeviceMemory> arrays, List<DeviceMemory> copies) {
        for (int i = 0; i < arrays.size(); i++) {
            gpu.copy(arrays.get(i).address(), copies.get(i).address(), arrays.get(i).bytes(), stream);
        }
    }

    private static long padded(DeviceMemory array) {
        return Math.ceilDiv(array.bytes(), ALIGNMENT) * ALIGNMENT;
    }
}
