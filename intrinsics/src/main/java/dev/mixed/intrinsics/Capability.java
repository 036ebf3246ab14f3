// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

/** What a GPU must be for an intrinsic: the compute capability from which NVIDIA has the instruction. */
public enum Capability {
    /** Any GPU that CUDA 13 compiles for. */
    SM_75(7, 5),
    /** Ampere and later: asynchronous copies, bf16 and tf32. */
    SM_80(8, 0),
    /** Hopper and later: instructions that the next generations keep, such as stmatrix, mbarriers and tensor maps. */
    SM_90(9, 0),
    /** Hopper alone: wgmma and the hand-over of registers. Code for it runs on no other generation. */
    SM_90A(9, 0);

    private final int major;
    private final int minor;

    Capability(int major, int minor) {
        this.major = major;
        this.minor = minor;
    }

    /** Whether a GPU of compute capability {@code major.minor} has it. */
    public boolean on(int gpuMajor, int gpuMinor) {
        return this == SM_90A ? gpuMajor == major : gpuMajor > major || gpuMajor == major && gpuMinor >= minor;
    }
}
