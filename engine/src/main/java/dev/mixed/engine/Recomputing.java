// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Shortens the time in which a program's buffers hold a value: one that is read, and read again only many launches later, as an activation is by the
 * backward pass, is computed once more just before, where that takes no more than a pass over memory.
 *
 * <p>A selective kind of activation recomputation (Korthikanti et al., "Reducing Activation Recomputation in Large Transformer Models", 2022). It works on
 * recorded launches, whose results stay the same, bit for bit.
 */
public final class Recomputing {
    /** Keeps all. */
    public static final Recomputing NOTHING = new Recomputing(List.of(), Long.MAX_VALUE, Long.MAX_VALUE);
    /** Programs that take less than 1 GiB keep all: memory is not short then, and each pass costs its launch. */
    private static final long LEAST_TOTAL = 1L << 30;
    /** Buffers of less than 1 MiB are kept. */
    private static final long LEAST_BYTES = 1L << 20;
    /**
     * Launches between two uses from which on a value isn't kept. Within one layer of a transformer, forward and backward, there are fewer: of the last layer
     * all is kept, since the first gradients are computed when memory is fullest in any case.
     */
    private static final int APART = 24;

    private final List<Recomputation> ways;
    private final long leastTotal;
    private final long leastBytes;

    private Recomputing(List<Recomputation> ways, long leastTotal, long leastBytes) {
        this.ways = List.copyOf(ways);
        this.leastTotal = leastTotal;
        this.leastBytes = leastBytes;
    }

    /** By these ways, where a program takes a GiB or more. */
    public static Recomputing by(List<Recomputation> ways) {
        return new Recomputing(ways, LEAST_TOTAL, LEAST_BYTES);
    }

    /** By these ways, in programs and of buffers of any size. */
    public static Recomputing always(List<Recomputation> ways) {
        return new Recomputing(ways, 0, 0);
    }

    /** The launches with those that compute again among them; buffers in {@code kept} are read after the program ran. */
    List<Launch> applied(List<Launch> launches, Set<Buffer> kept, ConstantBuffers constants) {
        if (ways.isEmpty() || Buffers.mostLive(Buffers.lifetimes(launches, kept)) < leastTotal) {
            return launches;
        }
        IdentityHashMap<Buffer, Uses> uses = uses(launches);
        Map<Integer, List<Launch>> inserted = new HashMap<>();
        Map<Integer, IdentityHashMap<Buffer, Buffer>> copies = new HashMap<>();
        for (int i = 0; i < launches.size(); i++) {
            Launch launch = launches.get(i);
            for (int a = 0; a < launch.argumentCount(); a++) {
                if (launch.access(a) == Launch.Access.WRITE && launch.argument(a) instanceof Buffer result && eligible(result, kept)) {
                    Uses of = uses(uses, result);
                    int late = of.late(i);
                    Again again = late < 0 ? null : again(launch, i, result, late, uses, constants);
                    if (again != null) {
                        inserted.computeIfAbsent(late, _ -> new ArrayList<>()).addAll(again.launches);
                        of.all.stream().filter(use -> use >= late)
                                .forEach(use -> copies.computeIfAbsent(use, _ -> new IdentityHashMap<>()).put(result, again.copy));
                    }
                }
            }
        }
        return inserted.isEmpty() ? launches : woven(launches, inserted, copies);
    }

    private boolean eligible(Buffer buffer, Set<Buffer> kept) {
        return !buffer.persistent() && !buffer.bound() && !kept.contains(buffer) && buffer.bytes() >= leastBytes;
    }

    /** What computes a result again at {@code late}; null if nothing does, or not from values that are there still. */
    private @Nullable Again again(Launch launch, int at, Buffer result, int late, IdentityHashMap<Buffer, Uses> uses, ConstantBuffers constants) {
        for (Recomputation way : ways) {
            LoweredLaunches out = new LoweredLaunches(constants);
            Buffer copy = out.scratch(result.dtype(), result.elements());
            if (way.again(launch, result, copy, out)) {
                boolean there = out.launches().stream().allMatch(l -> reads(l).stream().allMatch(b -> uses(uses, b).unchangedAndNeeded(b, at, late)));
                return there ? new Again(copy, out.launches()) : null;
            }
        }
        return null;
    }

    private static List<Buffer> reads(Launch launch) {
        return launch.buffers().stream().filter(b -> !launch.writes(b)).toList();
    }

    private static List<Launch> woven(List<Launch> launches, Map<Integer, List<Launch>> inserted, Map<Integer, IdentityHashMap<Buffer, Buffer>> copies) {
        List<Launch> all = new ArrayList<>();
        for (int i = 0; i < launches.size(); i++) {
            all.addAll(inserted.getOrDefault(i, List.of()));
            IdentityHashMap<Buffer, Buffer> others = copies.get(i);
            all.add(others == null ? launches.get(i) : launches.get(i).replacing(others));
        }
        return List.copyOf(all);
    }

    private static IdentityHashMap<Buffer, Uses> uses(List<Launch> launches) {
        IdentityHashMap<Buffer, Uses> uses = new IdentityHashMap<>();
        for (int i = 0; i < launches.size(); i++) {
            for (Buffer buffer : launches.get(i).buffers()) {
                Uses of = uses.computeIfAbsent(buffer, _ -> new Uses());
                of.all.add(i);
                if (launches.get(i).writes(buffer)) {
                    of.written.add(i);
                }
            }
        }
        return uses;
    }

    private static Uses uses(IdentityHashMap<Buffer, Uses> uses, Buffer buffer) {
        return uses.getOrDefault(buffer, new Uses());
    }

    /** What computes a value again, into a copy. */
    private record Again(Buffer copy, List<Launch> launches) {
    }

    /** The launches that use a buffer, in order. */
    private static final class Uses {
        final List<Integer> all = new ArrayList<>();
        final List<Integer> written = new ArrayList<>();

        /** The first use after the longest pause of a value that launch {@code from} alone has written; -1 if there is no long one. */
        int late(int from) {
            int late = -1;
            if (written.size() == 1 && all.getFirst() == from) {
                int longest = APART;
                for (int i = 1; i < all.size(); i++) {
                    if (all.get(i) - all.get(i - 1) > longest) {
                        longest = all.get(i) - all.get(i - 1);
                        late = all.get(i);
                    }
                }
            }
            return late;
        }

        /** Whether the buffer's value is the same from launch {@code at} to {@code late}, and would be kept as long in any case. */
        boolean unchangedAndNeeded(Buffer buffer, int at, int late) {
            boolean changed = written.stream().anyMatch(w -> w > at && w < late);
            return !changed && (buffer.persistent() || buffer.bound() || !all.isEmpty() && all.getLast() >= late);
        }
    }
}
