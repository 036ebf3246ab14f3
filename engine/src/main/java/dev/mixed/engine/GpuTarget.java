// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import dev.mixed.intrinsics.Capability;

/**
 * What kernels a GPU can be given.
 *
 * @param backend           TornadoVM's, cuda or ptx
 * @param computeCapability of the GPU, 10 * major + minor; 0 where TornadoVM takes no intrinsics, so that kernels are plain loops and TornadoVM's own API
 * @param tf32              whether products of floats may round their operands to tf32, as tensor cores take them (PyTorch's allow_tf32)
 */
public record GpuTarget(String backend, int computeCapability, boolean tf32) {
    /** TornadoVM as it is. */
    public static final GpuTarget PLAIN = new GpuTarget("cuda", 0);
    /** An H100 or H200. */
    public static final GpuTarget HOPPER = new GpuTarget("cuda", 90);
    /** An A100. */
    public static final GpuTarget AMPERE = new GpuTarget("cuda", 80);
    /** A T4. */
    public static final GpuTarget TURING = new GpuTarget("cuda", 75);

    /** Without tf32. */
    public GpuTarget(String backend, int computeCapability) {
        this(backend, computeCapability, false);
    }

    /** The same GPU, with tf32 or without. */
    public GpuTarget withTf32(boolean allowed) {
        return new GpuTarget(backend, computeCapability, allowed);
    }

    /** Whether kernels may call intrinsics that need this. */
    public boolean has(Capability capability) {
        return computeCapability > 0 && capability.on(computeCapability / 10, computeCapability % 10);
    }

    /** Whether products of floats round their operands to tf32. */
    public boolean roundsToTf32() {
        return tf32 && has(Capability.SM_80);
    }
}
