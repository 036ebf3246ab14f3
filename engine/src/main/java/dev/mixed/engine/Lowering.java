// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

/**
 * Puts kernels that suit a device in the place of recorded loop kernels: one launch for several, or several for one.
 *
 * <p>What it emits must compute what it took, up to the rounding of a different order of summation.
 */
@FunctionalInterface
public interface Lowering {
    /**
     * Emits what stands for the launches from {@code at} on, as many as it understands.
     *
     * @param program the recorded launches
     * @param at      index of the first launch to look at
     * @param out     takes the launches that stand for them
     * @return how many launches were taken; 0 if this is none that the lowering knows, and then nothing may have been emitted
     */
    int lower(RecordedLaunches program, int at, LoweredLaunches out);

    /** Whether this lowering belongs to a second pass, which sees what all others emitted in the first. */
    default boolean afterOthers() {
        return false;
    }

    /** Whether attention of heads of this size within texts that stand one after the other, without padding, is as fast by it as that of padded texts. */
    default boolean packsWell(DType dtype, int headSize) {
        return false;
    }
}
