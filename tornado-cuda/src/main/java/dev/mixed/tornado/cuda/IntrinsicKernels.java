// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import dev.mixed.intrinsics.Capability;
import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.tornado.cuda.graal.IntrinsicPlugin;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import uk.ac.manchester.tornado.drivers.cuda.CUDACommandQueueTable;
import uk.ac.manchester.tornado.drivers.cuda.CUDADeviceContext;
import uk.ac.manchester.tornado.drivers.cuda.CUDAKernel;

/** Kernels on intrinsics: TornadoVM writes their CUDA C; they are compiled and launched from here. */
final class IntrinsicKernels {
    private final Driver driver;
    private final Nvrtc nvrtc;
    private final int gpu;
    private final Map<Long, CUDACommandQueueTable> plans;
    private final ZeroArrays zeros;
    private final GraphStream graphs;

    private IntrinsicKernels(Driver driver, Map<Long, CUDACommandQueueTable> plans, ZeroArrays zeros, Nvrtc nvrtc, int gpu) {
        this.driver = driver;
        this.plans = plans;
        this.zeros = zeros;
        this.graphs = new GraphStream(driver, driver.context());
        this.nvrtc = nvrtc;
        this.gpu = gpu;
    }

    /**
     * Teaches TornadoVM intrinsics, before its first kernel.
     *
     * @throws NotExtensibleException if TornadoVM or the libraries below it are not as needed
     */
    static IntrinsicKernels open(Internals internals, Driver driver) throws NotExtensibleException {
        try {
            Nvrtc nvrtc = Nvrtc.loaded();
            int gpu = driver.capability();
            IntrinsicPlugin.register(internals.backend);
            ZeroArrays zeros = new ZeroArrays();
            return new IntrinsicKernels(driver, internals.replaceQueues(driver, zeros), zeros, nvrtc, gpu);
        } catch (RuntimeException | LinkageError e) {
            throw new NotExtensibleException("TornadoVM takes no intrinsics (" + e + ")", e);
        }
    }

    /** The GPU's compute capability, 10 * major + minor. */
    int gpu() {
        return gpu;
    }

    /** The graph that was captured when a plan ran, if one was. */
    Optional<CapturedGraph> captured(long plan) {
        return LaunchQueues.captured(plans, plan);
    }

    /** The copies to the device that a plan has made. */
    List<DeviceCopy> copies(long plan) {
        return LaunchQueues.copies(plans, plan);
    }

    /** Which arrays of the host the GPU makes for itself. */
    ZeroArrays zeros() {
        return zeros;
    }

    /** Where captured graphs are launched. */
    GraphStream graphs() {
        return graphs;
    }

    /** The architecture to compile for: on Hopper its own instructions, which no other GPU has, where a kernel needs them. */
    String architecture(Capability needed) {
        return "sm_" + gpu + (needed == Capability.SM_90A ? "a" : "");
    }

    /** Machine code of what TornadoVM wrote for a kernel. */
    byte[] compile(byte[] source, KernelGrid grid, Capability needed) {
        return nvrtc.compile(IntrinsicSource.complete(new String(source, StandardCharsets.UTF_8), grid), architecture(needed));
    }

    /** The kernel of one task, from that of its module. */
    CUDAKernel launched(CUDAKernel kernel, CUDADeviceContext context, KernelTask task) {
        if (!(task.grid() instanceof KernelGrid grid)) {
            throw new IllegalArgumentException("a kernel on intrinsics is launched over a KernelGrid");
        }
        return new LaunchedKernel(driver, kernel.getOclKernelID(), context, grid, task.arguments());
    }
}
