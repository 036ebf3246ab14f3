// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;

/**
 * Lets TornadoVM work in the GPU's primary context, in place of the one that it has created. NVIDIA's libraries work in that one alone, and kernels of two
 * contexts take turns on a GPU, where those of one run side by side.
 *
 * <p>TornadoVM keeps its context in a native struct {CUcontext context; CUdevice device; int ordinal}, and makes each queue, buffer and module in the one
 * that it finds there. Before the first task graph there are a queue that nothing uses, and two small buffers: one for constants, which is made anew, and
 * one for tasks with atomic integers, of which miXed has none.
 */
final class PrimaryContext {
    private static final int DEVICE_OFFSET = 8;
    private static final int BYTES = 16;

    private PrimaryContext() {
    }

    /**
     * Moves TornadoVM there; before its first task graph.
     *
     * @throws NotExtensibleException if its struct is not as described
     */
    @SuppressWarnings("restricted") // the struct is native memory
    static void enter(CUDADeviceContext context, Driver driver) throws NotExtensibleException {
        MemorySegment struct = MemorySegment.ofAddress(context.getPlatformContext().getContextId()).reinterpret(BYTES);
        long own = struct.get(JAVA_LONG, 0);
        int device = struct.get(JAVA_INT, DEVICE_OFFSET);
        // Compared, not tried: the driver does not look whether a number is a context's.
        if (own != driver.context() || device != driver.device()) {
            throw new NotExtensibleException("TornadoVM keeps its context elsewhere than where miXed looks for it");
        }
        long primary = driver.primary(device);
        struct.set(JAVA_LONG, 0, primary);
        driver.use(primary);
        context.getMemoryManager().allocateDeviceMemoryRegions();
    }
}
