// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * The arrays behind the transient buffers of all programs of a device.
 *
 * <p>Programs run one after the other and keep nothing in transient storage between runs, so they use the same arrays: a program takes new
 * ones only for slots that are larger than any array left.
 */
final class StoragePool {
    private final Map<DType, List<TornadoNativeArray>> arrays = new EnumMap<>(DType.class);
    private final DeviceStats stats;
    private final BiFunction<DType, Integer, TornadoNativeArray> allocate;

    /** @param allocate makes an array of so many elements */
    StoragePool(DeviceStats stats, BiFunction<DType, Integer, TornadoNativeArray> allocate) {
        this.stats = stats;
        this.allocate = allocate;
    }

    /** Binds the buffers of {@code plan}, each slot to an array of this pool that no other slot of the plan uses. */
    void bind(MemoryPlan plan) {
        Map<DType, List<TornadoNativeArray>> free = new EnumMap<>(DType.class);
        arrays.forEach((dtype, list) -> free.put(dtype, new ArrayList<>(list)));
        // The plan lists slots by falling size, so the smallest array that fits is the best one to take.
        for (MemoryPlan.Slot slot : plan.slots()) {
            List<TornadoNativeArray> candidates = free.computeIfAbsent(slot.dtype, d -> new ArrayList<>());
            TornadoNativeArray array = candidates.stream().filter(a -> a.getSize() >= slot.elements)
                    .min(Comparator.comparingInt(TornadoNativeArray::getSize)).orElse(null);
            if (array == null) {
                array = allocate.apply(slot.dtype, slot.elements);
                stats.allocated((long) slot.elements * slot.dtype.bytes());
                arrays.computeIfAbsent(slot.dtype, d -> new ArrayList<>()).add(array);
            } else {
                candidates.remove(array);
            }
            for (Buffers.Lifetime tenant : slot.tenants) {
                tenant.buffer().bindShared(array);
            }
        }
    }
}
