// SPDX-License-Identifier: Apache-2.0
package dev.mixed.bert.pretrained;

import dev.mixed.engine.DType;
import dev.mixed.engine.Device;
import dev.mixed.engine.Tensor;
import dev.mixed.io.UserException;
import dev.mixed.weights.StoredType;
import dev.mixed.weights.TensorSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Copies of a device's tensors in the host's memory, outside of the heap, to be saved while the device goes on.
 *
 * <p>Their room is kept for the next copies of tensors of the same names: taking fresh memory from the system costs several times as much as copying. So
 * copies are to be used up before the next are made.
 */
public final class HostCopies {
    private static final int ALIGNMENT = 64;

    private final Map<String, MemorySegment> room = new ConcurrentHashMap<>();

    /**
     * Copies the tensors as they are now, as floats.
     *
     * @param check called with each tensor's name and elements; gives what is wrong with them
     * @return one source for each tensor, in the order of the map, whose elements last until the next call
     * @throws UserException    that {@code check} gave, of the first such tensor
     * @throws OutOfMemoryError where the JVM may not take so much memory outside of the heap
     */
    List<TensorSource> of(Map<String, Tensor> tensors, BiFunction<String, MemorySegment, Optional<UserException>> check) {
        if (tensors.isEmpty()) {
            return List.of();
        }
        List<CompletableFuture<TensorSource>> copies = new ArrayList<>();
        // Other threads copy one tensor while the next comes from the device, which stands still until all are done.
        try (Device.Use _ = tensors.values().iterator().next().device().use()) {
            try {
                tensors.forEach((name, tensor) -> {
                    List<Integer> shape = TensorSources.shape(tensor);
                    if (tensor.dtype() == DType.F32) {
                        tensor.readInPlace(data -> copies.add(CompletableFuture.supplyAsync(() -> copy(name, shape, data, check))));
                    } else {
                        copies.add(CompletableFuture.completedFuture(copy(name, shape, MemorySegment.ofArray(tensor.toFloats()), check)));
                    }
                });
            } finally {
                copies.forEach(HostCopies::settle);
            }
        }
        try {
            return copies.stream().map(CompletableFuture::join).toList();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    /** {@link #of(Map, BiFunction)} of tensors that may hold any numbers. */
    public List<TensorSource> of(Map<String, Tensor> tensors) {
        return of(tensors, (_, _) -> Optional.empty());
    }

    /**
     * Takes the room for copies of these tensors, unless that would leave less than as much again of what the JVM may take outside of the heap. May run on
     * any thread, also while copies are made.
     */
    public void reserve(List<Map<String, Tensor>> tensors) {
        long bytes = 0;
        for (Map<String, Tensor> some : tensors) {
            bytes += some.values().stream().mapToLong(HostCopies::bytes).sum();
        }
        long used = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream().filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
        // Unless an option says otherwise, as much as the heap may have.
        if (Runtime.getRuntime().maxMemory() - used < 2 * bytes) {
            return;
        }
        try {
            tensors.forEach(some -> some.forEach((name, tensor) -> room(name, bytes(tensor))));
        } catch (OutOfMemoryError e) {
            // An option does say otherwise: copies will find no room either, and whoever makes them is told.
        }
    }

    private static long bytes(Tensor tensor) {
        return (long) Float.BYTES * tensor.shape().elements();
    }

    private MemorySegment room(String name, long bytes) {
        return room.compute(name, (_, old) -> old != null && old.byteSize() == bytes ? old : Arena.ofAuto().allocate(bytes, ALIGNMENT));
    }

    /** The room of a tensor; null where it has none yet. */
    @Nullable
    MemorySegment reserved(String name) {
        return room.get(name);
    }

    /** Waits for a copy, whatever becomes of it. */
    private static void settle(CompletableFuture<TensorSource> copy) {
        try {
            copy.join();
        } catch (CompletionException e) {
            // Whoever joins it again is told.
        }
    }

    private TensorSource copy(String name, List<Integer> shape, MemorySegment data, BiFunction<String, MemorySegment, Optional<UserException>> check) {
        check.apply(name, data).ifPresent(problem -> {
            throw problem;
        });
        MemorySegment copy = room(name, data.byteSize());
        MemorySegment.copy(data, 0, copy, 0, data.byteSize());
        return new TensorSource(name, StoredType.F32, shape, () -> copy);
    }
}
