// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import dev.mixed.engine.Device;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Consumer;

/** Chooses the collective of a run: the first provider that works on all ranks, else a ring over TCP, which works with every device. */
public final class Collectives {
    private static final byte[] YES = {1};
    private static final byte[] NO = {0};

    private Collectives() {
    }

    /**
     * The collective of a run, chosen by all ranks together.
     *
     * @param half  whether elements travel as halves in {@link Collective#allReduce}
     * @param notes told, in a sentence each, why a faster one is not used
     */
    public static Collective open(RankGroup group, Device device, boolean half, Consumer<String> notes) {
        return open(ServiceLoader.load(CollectiveProvider.class), group, device, half, notes);
    }

    /** {@link #open(RankGroup, Device, boolean, Consumer)} that takes a provider for one rank alone, too: to test and time it. */
    public static Collective ofAnySize(RankGroup group, Device device, boolean half, Consumer<String> notes) {
        return provided(ServiceLoader.load(CollectiveProvider.class), group, device, half, notes).orElseGet(() -> group.size() == 1 ? Collective.single()
                : RingCollective.open(group, half));
    }

    static Collective open(Iterable<CollectiveProvider> providers, RankGroup group, Device device, boolean half, Consumer<String> notes) {
        if (group.size() == 1) {
            return Collective.single();
        }
        return provided(providers, group, device, half, notes).orElseGet(() -> RingCollective.open(group, half));
    }

    private static Optional<Collective> provided(Iterable<CollectiveProvider> providers, RankGroup group, Device device, boolean half, Consumer<String> notes) {
        for (CollectiveProvider provider : providers) {
            if (!all(group, provider.present(device, notes))) {
                continue;
            }
            Optional<Collective> opened = provider.open(group, device, half, notes);
            if (all(group, opened.isPresent())) {
                return opened;
            }
            opened.ifPresent(Collective::close);
        }
        return Optional.empty();
    }

    private static boolean all(RankGroup group, boolean mine) {
        return group.allGather(mine ? YES : NO).stream().allMatch(answer -> answer[0] == YES[0]);
    }
}
