// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.distributed.Collective;
import dev.mixed.distributed.Collectives;
import dev.mixed.distributed.RankEnvironment;
import dev.mixed.distributed.RankGroup;
import dev.mixed.distributed.RankTimes;
import dev.mixed.engine.Device;
import dev.mixed.train.DataParallel;
import java.util.function.Supplier;

/**
 * The device of a process that may be one of several ranks, as its environment says.
 *
 * @param ranks all of them, with this one
 */
public record RankedDevice(RankGroup group, Device device, DataParallel ranks) {
    /** What ranks do together. */
    @FunctionalInterface
    public interface Body<E extends Exception> {
        void run(RankedDevice ranked) throws E;
    }

    /** Joins the ranks, opens the device, and runs the body; the other ranks are told where that fails. */
    public static <E extends Exception> void with(Supplier<Device> device, boolean half, Body<E> body) throws E {
        try (RankGroup group = joined()) {
            try {
                try (Device opened = device.get();
                        Collective collective = Collectives.open(group, opened, half, note -> System.err.println("mixed: " + note))) {
                    body.run(new RankedDevice(group, opened, group.size() == 1 ? DataParallel.single() : DataParallel.of(group, collective)));
                    group.barrier();
                }
            } catch (RuntimeException e) {
                group.fail(String.valueOf(e.getMessage()));
                throw e;
            }
        }
    }

    /** The ranks that the environment names; one where it names none. */
    static RankGroup joined() {
        return RankEnvironment.of(System.getenv()).map(environment -> RankGroup.join(environment, RankTimes.of(System.getenv()))).orElseGet(RankGroup::single);
    }
}
