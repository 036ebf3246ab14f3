// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.Buffer;
import dev.mixed.engine.Launch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Cuts the launches of a program into parts that one TornadoVM task graph can hold each. */
final class GraphSplitter {
    /** Tasks of a task graph: TornadoVM's tables have 256 places. */
    static final int MAX_TASKS = 250;
    /** Bytes of TornadoVM's fixed buffer of 8192 that describes a graph's tasks; a few are kept free. */
    static final int MAX_DESCRIPTION = 8000;
    /** Nodes of TornadoVM's fixed table of 1024; a few are kept free. */
    static final int MAX_NODES = 1000;
    /** An array is a node itself, one that allocates or copies it, and one that frees or keeps it. */
    static final int NODES_PER_ARRAY = 3;
    private static final int TASK_BYTES = 15;
    private static final int ARGUMENT_BYTES = 5;

    private GraphSplitter() {
    }

    static List<List<Launch>> split(List<Launch> launches) {
        List<List<Launch>> parts = new ArrayList<>();
        Part part = new Part();
        for (Launch launch : launches) {
            if (!part.add(launch)) {
                parts.add(part.launches);
                part = new Part();
                part.add(launch);
            }
        }
        if (!part.launches.isEmpty()) {
            parts.add(part.launches);
        }
        return parts;
    }

    /** A part that grows, and what it takes of TornadoVM's tables. */
    private static final class Part {
        private final List<Launch> launches = new ArrayList<>();
        private final Set<TornadoNativeArray> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Set<TornadoNativeArray> longs = Collections.newSetFromMap(new IdentityHashMap<>());
        private final Set<Object> constants = new HashSet<>();
        private int description;
        /** The context that holds the tasks, the allocation, and the kernels' context. */
        private int nodes = 2 + NODES_PER_ARRAY;

        /** Adds a launch if it fits, and says whether it did; the first one always fits. */
        boolean add(Launch launch) {
            int bytes = TASK_BYTES + ARGUMENT_BYTES * launch.kernel().arity();
            Set<TornadoNativeArray> newArrays = Collections.newSetFromMap(new IdentityHashMap<>());
            Set<TornadoNativeArray> newLongs = Collections.newSetFromMap(new IdentityHashMap<>());
            // A loop kernel's slice adds up to two constants.
            int added = 3;
            for (int i = 0; i < launch.argumentCount(); i++) {
                if (launch.argument(i) instanceof Buffer buffer) {
                    boolean asLongs = launch.asLongs(i);
                    // An array that is several arguments of one task has a stand-in for each.
                    if (!(asLongs ? newLongs : newArrays).add(buffer.array()) || !(asLongs ? longs : arrays).contains(buffer.array())) {
                        added += NODES_PER_ARRAY;
                    }
                    // What keeps an address counts as a write for TornadoVM, whatever becomes of the array.
                    added += launch.access(i) == Launch.Access.READ && !launch.once() ? 0 : 1;
                } else if (!constants.contains(launch.argument(i))) {
                    added++;
                }
            }
            if (!launches.isEmpty() && (launches.size() == MAX_TASKS || description + bytes > MAX_DESCRIPTION || nodes + added > MAX_NODES)) {
                return false;
            }
            launches.add(launch);
            arrays.addAll(newArrays);
            longs.addAll(newLongs);
            for (int i = 0; i < launch.argumentCount(); i++) {
                if (!(launch.argument(i) instanceof Buffer)) {
                    constants.add(launch.argument(i));
                }
            }
            description += bytes;
            nodes += added;
            return true;
        }
    }
}
