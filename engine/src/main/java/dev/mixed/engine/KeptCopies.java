// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The launches of a program without those that copy weights to halves, and these: their results are no longer the program's own, but shared by all programs
 * that read a copy of the same weight.
 *
 * @param launches the program's, which read the shared copies
 * @param copies   what they read
 */
record KeptCopies(List<Launch> launches, List<Copy> copies) {
    /** A weight, its shared copy, and what makes that. */
    record Copy(Buffer weight, Buffer half, Launch launch) {
    }

    /**
     * Takes out of recorded launches the copies that may be {@linkplain KeptCopy kept}. A copy stays where the program itself writes the weight, or returns
     * the copy.
     *
     * @param kept   buffers that are read after the program ran
     * @param device gives copies memory that have none yet; null for a plan, which takes none
     */
    static KeptCopies of(List<Launch> recorded, Set<Buffer> kept, @Nullable Device device) {
        RecordedLaunches program = new RecordedLaunches(recorded, kept);
        Map<Buffer, Buffer> shared = new HashMap<>();
        Map<Buffer, Copy> copies = new LinkedHashMap<>();
        List<Launch> rest = new ArrayList<>();
        for (Launch launch : recorded) {
            KeptCopy of = launch.note(KeptCopy.class);
            if (of == null || !of.weight().persistent() || program.writes(of.weight()) > 0 || program.writes(of.copy()) > 1 || of.copy().bound()
                    || kept.contains(of.copy())) {
                rest.add(launch);
                continue;
            }
            Copy copy = copies.computeIfAbsent(of.weight(), weight -> {
                Buffer half = half(weight, device);
                return new Copy(weight, half, launch.replacing(Map.of(of.copy(), half)));
            });
            shared.put(of.copy(), copy.half);
        }
        if (shared.isEmpty()) {
            return new KeptCopies(recorded, List.of());
        }
        rest.replaceAll(launch -> launch.replacing(shared));
        return new KeptCopies(List.copyOf(rest), List.copyOf(copies.values()));
    }

    /** The weights that are copied. */
    List<Buffer> weights() {
        return copies.stream().map(Copy::weight).toList();
    }

    /** Bytes of the copies. */
    long bytes() {
        return copies.stream().mapToLong(copy -> copy.half.bytes()).sum();
    }

    private static Buffer half(Buffer weight, @Nullable Device device) {
        HalfCopy copy = weight.halfCopy();
        if (copy != null) {
            return copy.half();
        }
        Buffer half = new Buffer(DType.F16, weight.elements(), true);
        if (device != null) {
            Buffers.bindOwn(half, device.scratch(DType.F16, weight.elements()), device.stats());
            weight.halfCopy(new HalfCopy(half));
        }
        return half;
    }
}
