// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import dev.mixed.intrinsics.Capability;

/**
 * What kernels a GPU can be given.
 *
 * @param backend           TornadoVM's, cuda or ptx
 * @param computeCapability of the GPU, 10 * major + minor; 0 where TornadoVM takes no intrinsics, so that kernels are plain loops and TornadoVM's own API
 */
public record GpuTarget(String backend, int computeCapability) {
    /** TornadoVM as it is. */
    public static final GpuTarget PLAIN = new GpuTarget("cuda", 0);
    /** An H100 or H200. */
    public static final GpuTarget HOPPER = new GpuTarget("cuda", 90);
    /** An A100. */
    public static final GpuTarget AMPERE = new GpuTarget("cuda", 80);
    /** A T4. */
    public static final GpuTarget TURING = new GpuTarget("cuda", 75);

    /** Whether kernels may call intrinsics that need this. */
    public boolean has(Capability capability) {
        return computeCapability > 0 && capability.on(computeCapability / 10, computeCapability % 10);
    }
}
