// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The launches of a program in order, and what becomes of their results: what a {@link Lowering} may ask. */
public final class RecordedLaunches {
    private final List<Launch> launches;
    private final Set<Buffer> kept;
    /** Index of the last launch that reads a buffer. */
    private final IdentityHashMap<Buffer, Integer> lastRead = new IdentityHashMap<>();
    private final IdentityHashMap<Buffer, Integer> writes = new IdentityHashMap<>();

    RecordedLaunches(List<Launch> launches, Set<Buffer> kept) {
        this.launches = launches;
        this.kept = kept;
        for (int i = 0; i < launches.size(); i++) {
            Launch launch = launches.get(i);
            for (int a = 0; a < launch.argumentCount(); a++) {
                if (launch.argument(a) instanceof Buffer buffer) {
                    if (launch.access(a) != Launch.Access.WRITE) {
                        lastRead.put(buffer, i);
                    }
                    if (launch.access(a) != Launch.Access.READ) {
                        writes.merge(buffer, 1, Integer::sum);
                    }
                }
            }
        }
    }

    public int size() {
        return launches.size();
    }

    public Launch get(int index) {
        return launches.get(index);
    }

    /** Whether there is a launch at {@code index}, and it is one of this kernel. */
    public boolean is(int index, Kernel kernel) {
        return index < launches.size() && launches.get(index).kernel() == kernel;
    }

    /** Whether there is a launch at {@code index}, and it is one of either kernel. */
    public boolean is(int index, KernelPair kernels) {
        return index < launches.size() && kernels.has(launches.get(index).kernel());
    }

    /** Whether nothing looks at the buffer's value after launch {@code index}: it is transient, no output, and read no more. */
    public boolean deadAfter(Buffer buffer, int index) {
        return !buffer.persistent() && !buffer.bound() && !kept.contains(buffer) && lastRead.getOrDefault(buffer, -1) <= index;
    }

    /** How many arguments of launches store in the buffer. */
    public int writes(Buffer buffer) {
        return writes.getOrDefault(buffer, 0);
    }
}
