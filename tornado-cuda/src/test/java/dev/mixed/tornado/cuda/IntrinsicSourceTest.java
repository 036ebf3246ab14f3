// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mixed.intrinsics.KernelGrid;
import dev.mixed.intrinsics.TensorMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is put into TornadoVM's CUDA C. */
class IntrinsicSourceTest {
    private static final String SOURCE = "// made\nextern \"C\" __global__ void add(long *context,\n unsigned char *a)\n{\n}\n";

    @Test
    void loopsAreBoundToTheLargestBlock() {
        assertEquals("// made\nextern \"C\" __global__ void __launch_bounds__(1024) add(long *context,\n unsigned char *a)\n{\n}\n",
                IntrinsicSource.bounded(SOURCE));
        assertEquals("__device__ int f();", IntrinsicSource.bounded("__device__ int f();"));
    }

    @Test
    void gridKernelsGetTheirBoundsAndMaps() {
        KernelGrid grid = new KernelGrid(4, 1, 1, 128, 0, 2, List.of(TensorMap.matrix(1, 64, 64, 64, 64, 64)));
        assertEquals("// made\nstruct __align__(64) TensorMap { unsigned long long words[16]; };\nextern \"C\" __global__ void __launch_bounds__(128, 2) add("
                + "long *context,\n unsigned char *a, const __grid_constant__ TensorMap tensor_map_0)\n{\n}\n", IntrinsicSource.complete(SOURCE, grid));
        assertThrows(IllegalStateException.class, () -> IntrinsicSource.complete("int f();", grid));
    }
}
