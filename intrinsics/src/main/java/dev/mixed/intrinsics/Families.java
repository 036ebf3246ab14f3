// SPDX-License-Identifier: Apache-2.0
package dev.mixed.intrinsics;

import java.util.List;

/** The classes whose methods with {@link CudaC} are intrinsics. */
public final class Families {
    /** All of them. */
    public static final List<Class<?>> ALL = List.of(Addresses.class, AsyncCopies.class, Blocks.class, FastMath.class, GlobalMemory.class, Halves.class,
            Matrices.class,
            Mbarriers.class, Mma.class, Registers.class, SharedMemory.class, TensorMaps.class, Warps.class, Wgmma.class);

    private Families() {
    }
}
