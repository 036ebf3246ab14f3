// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import dev.mixed.intrinsics.TensorMap;
import java.util.List;

/**
 * What the launch of a grid kernel on intrinsics brings besides its arguments.
 *
 * @param sharedBytes        bytes of dynamic shared memory
 * @param blocksPerProcessor how many blocks a multiprocessor shall hold at least; 1 leaves the number of registers to the compiler
 * @param maps               tensor maps, by number
 */
public record GridExtras(int sharedBytes, int blocksPerProcessor, List<TensorMap> maps) {
    /** Nothing. */
    public static final GridExtras NONE = new GridExtras(0, 1, List.of());

    public GridExtras {
        maps = List.copyOf(maps);
    }
}
