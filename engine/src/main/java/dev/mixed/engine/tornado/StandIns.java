// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Tiny arrays that stand in task graphs for the real ones.
 *
 * <p>TornadoVM allocates device memory for each array in each graph. A stand-in takes a few bytes of it, and is then mapped on the memory of
 * the array that it stands for; so all graphs share one copy, and halves can be seen as longs.
 */
final class StandIns {
    private final IdentityHashMap<TornadoNativeArray, List<TornadoNativeArray>> same = new IdentityHashMap<>();
    private final IdentityHashMap<TornadoNativeArray, List<TornadoNativeArray>> longs = new IdentityHashMap<>();
    private final Set<Integer> hashes = new HashSet<>();

    /**
     * The stand-in for an array, of its own type or as longs.
     *
     * @param occurrence 0, 1, ... for an array that is several arguments of one task: TornadoVM waits forever for a task that reads what it writes
     */
    TornadoNativeArray of(TornadoNativeArray array, boolean asLongs, int occurrence) {
        List<TornadoNativeArray> all = (asLongs ? longs : same).computeIfAbsent(array, _ -> new ArrayList<>(1));
        while (all.size() <= occurrence) {
            all.add(unique(array, asLongs));
        }
        return all.get(occurrence);
    }

    /** TornadoVM tells the objects of a graph apart by their hash code alone. */
    private TornadoNativeArray unique(TornadoNativeArray array, boolean asLongs) {
        TornadoNativeArray standIn;
        do {
            standIn = asLongs ? new LongArray(1) : small(array);
        } while (!hashes.add(standIn.hashCode()));
        return standIn;
    }

    private static TornadoNativeArray small(TornadoNativeArray array) {
        return switch (array) {
            case FloatArray _ -> new FloatArray(1);
            case HalfFloatArray _ -> new HalfFloatArray(1);
            case IntArray _ -> new IntArray(1);
            default -> throw new IllegalArgumentException("tensors have no storage of " + array.getClass().getSimpleName());
        };
    }
}
