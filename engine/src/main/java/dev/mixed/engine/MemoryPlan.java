// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which transient buffers of a program share an array: two buffers may when no launch needs both.
 *
 * <p>Greedy by size (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020): buffers are placed from the
 * largest down, each in the first slot of its type that is free throughout its lifetime. Whole arrays are shared rather than regions of one
 * arena because a TornadoVM kernel takes arrays, not addresses.
 */
public final class MemoryPlan {
    private final List<Slot> slots;
    private final long unsharedBytes;
    private final long liveBytes;
    private final long copyBytes;

    private MemoryPlan(List<Slot> slots, long unsharedBytes, long liveBytes, long copyBytes) {
        this.slots = slots;
        this.unsharedBytes = unsharedBytes;
        this.liveBytes = liveBytes;
        this.copyBytes = copyBytes;
    }

    /** @param copyBytes of half copies of weights, which the program shares with others and which stay from run to run */
    static MemoryPlan of(List<Buffers.Lifetime> lifetimes, long copyBytes) {
        List<Buffers.Lifetime> bySize = new ArrayList<>(lifetimes);
        bySize.sort(Comparator.comparingLong((Buffers.Lifetime l) -> l.buffer().bytes()).reversed()
                .thenComparingInt(Buffers.Lifetime::first));
        List<Slot> slots = new ArrayList<>();
        long unshared = 0;
        for (Buffers.Lifetime lifetime : bySize) {
            unshared += lifetime.buffer().bytes();
            Slot free = null;
            for (Slot slot : slots) {
                if (slot.fits(lifetime)) {
                    free = slot;
                    break;
                }
            }
            if (free == null) {
                free = new Slot(lifetime.buffer().dtype(), lifetime.buffer().elements());
                slots.add(free);
            }
            free.tenants.add(lifetime);
        }
        return new MemoryPlan(slots, unshared, Buffers.mostLive(lifetimes), copyBytes);
    }

    List<Slot> slots() {
        return slots;
    }

    /** Bytes that the program needs beside persistent tensors: its activations and their gradients, and the half copies of weights. */
    public long plannedBytes() {
        return copyBytes + slots.stream().mapToLong(s -> (long) s.elements * s.dtype.bytes()).sum();
    }

    /** Bytes that the same buffers would take if none were shared. */
    public long unsharedBytes() {
        return copyBytes + unsharedBytes;
    }

    /** The most bytes alive at any one launch: no plan can do with less. */
    public long liveBytes() {
        return copyBytes + liveBytes;
    }

    /** One array and the buffers that take turns in it. */
    static final class Slot {
        final DType dtype;
        final int elements;
        final List<Buffers.Lifetime> tenants = new ArrayList<>();

        Slot(DType dtype, int elements) {
            this.dtype = dtype;
            this.elements = elements;
        }

        private boolean fits(Buffers.Lifetime lifetime) {
            return dtype == lifetime.buffer().dtype() && tenants.stream().noneMatch(lifetime::overlaps);
        }
    }
}
