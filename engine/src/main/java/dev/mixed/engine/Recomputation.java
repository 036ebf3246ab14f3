// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

/** A cheap way to compute once more what a launch left in a buffer, so that the buffer need not be kept until it is read again much later. */
@FunctionalInterface
public interface Recomputation {
    /**
     * Emits launches that leave in {@code copy} the bits that {@code launch} left in {@code result}, from buffers that it read or wrote besides.
     *
     * @param launch as it was recorded, before any {@link Lowering}
     * @param copy   a new buffer of the result's type and size
     * @return false if it knows none, and then nothing may have been emitted
     */
    boolean again(Launch launch, Buffer result, Buffer copy, LoweredLaunches out);
}
