// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** What the launches of a program do to its buffers. */
final class Buffers {
    private Buffers() {
    }

    /** Every buffer that a launch uses. */
    static Set<Buffer> all(List<Launch> launches) {
        Set<Buffer> all = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Launch launch : launches) {
            for (int i = 0; i < launch.argumentCount(); i++) {
                if (launch.argument(i) instanceof Buffer buffer) {
                    all.add(buffer);
                }
            }
        }
        return all;
    }

    /** Gives every buffer without storage an array of its own. */
    static void bindUnbound(List<Launch> launches, Device device) {
        for (Launch launch : launches) {
            for (int i = 0; i < launch.argumentCount(); i++) {
                if (launch.argument(i) instanceof Buffer buffer && !buffer.bound()) {
                    checkWrittenFirst(launch, i);
                    bindOwn(buffer, device);
                }
            }
        }
    }

    static void bindOwn(Buffer buffer, Device device) {
        bindOwn(buffer, device.allocate(buffer.dtype(), buffer.elements()), device.stats());
    }

    static void bindOwn(Buffer buffer, TornadoNativeArray array, DeviceStats stats) {
        buffer.bind(array);
        stats.allocated(buffer.bytes());
    }

    /** The span of launches in which each unbound buffer that is not kept holds a value, in the order of first use. */
    static List<Lifetime> lifetimes(List<Launch> launches, Set<Buffer> kept) {
        IdentityHashMap<Buffer, Integer> order = new IdentityHashMap<>();
        List<Lifetime> lifetimes = new ArrayList<>();
        for (int step = 0; step < launches.size(); step++) {
            Launch launch = launches.get(step);
            for (int i = 0; i < launch.argumentCount(); i++) {
                if (!(launch.argument(i) instanceof Buffer buffer) || buffer.persistent() || buffer.bound()) {
                    continue;
                }
                Integer index = order.get(buffer);
                if (index == null) {
                    checkWrittenFirst(launch, i);
                    order.put(buffer, lifetimes.size());
                    lifetimes.add(new Lifetime(buffer, step, step));
                } else {
                    lifetimes.set(index, lifetimes.get(index).until(step));
                }
            }
        }
        lifetimes.removeIf(l -> kept.contains(l.buffer()));
        return lifetimes;
    }

    /** The most bytes that hold a value at any one launch. */
    static long mostLive(List<Lifetime> lifetimes) {
        int end = lifetimes.stream().mapToInt(Lifetime::last).max().orElse(-1) + 2;
        long[] change = new long[end];
        for (Lifetime l : lifetimes) {
            change[l.first()] += l.buffer().bytes();
            change[l.last() + 1] -= l.buffer().bytes();
        }
        long live = 0;
        long most = 0;
        for (long c : change) {
            live += c;
            most = Math.max(most, live);
        }
        return most;
    }

    private static void checkWrittenFirst(Launch launch, int argument) {
        if (launch.access(argument) != Launch.Access.WRITE) {
            throw new IllegalStateException(launch.kernel() + " reads a tensor that nothing has written");
        }
    }

    /** A buffer and the first and last launch, inclusive, that use it. */
    record Lifetime(Buffer buffer, int first, int last) {
        Lifetime until(int step) {
            return new Lifetime(buffer, first, step);
        }

        boolean overlaps(Lifetime other) {
            return first <= other.last && other.first <= last;
        }
    }
}
