// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Cuts objects into parts that a task graph can tell apart: TornadoVM does so by their hash codes alone. */
final class GraphParts {
    private GraphParts() {
    }

    /** Parts of at most {@code most} objects, in order, none with two of one hash code. */
    static <T> List<List<T>> of(List<T> objects, int most) {
        List<List<T>> parts = new ArrayList<>();
        List<T> part = new ArrayList<>();
        Set<Integer> hashes = new HashSet<>();
        for (T object : objects) {
            if (part.size() == most || hashes.contains(object.hashCode())) {
                parts.add(part);
                part = new ArrayList<>();
                hashes.clear();
            }
            part.add(object);
            hashes.add(object.hashCode());
        }
        if (!part.isEmpty()) {
            parts.add(part);
        }
        return parts;
    }
}
