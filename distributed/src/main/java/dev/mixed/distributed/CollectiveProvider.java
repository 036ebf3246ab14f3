// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.engine.Device;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes the collective for a kind of device, found as a service ({@code META-INF/services}). Where a provider can't on one rank, it is used on none: see
 * {@link Collectives}.
 */
public interface CollectiveProvider {
    /**
     * Whether this process has what it takes, such as a library; talks to no other rank.
     *
     * @param why told, in a sentence, what is missing where something is that one would expect for this device
     */
    boolean present(Device device, Consumer<String> why);

    /**
     * Makes the collective, together with the other ranks, of which each calls this at the same time; {@link RankGroup#broadcast} and its like may be
     * used on the way.
     *
     * @param half whether elements travel as halves in {@link Collective#allReduce}
     * @param why  told, in a sentence, what went wrong
     * @return empty where it doesn't work on this rank
     */
    Optional<Collective> open(RankGroup group, Device device, boolean half, Consumer<String> why);
}
