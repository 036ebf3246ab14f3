// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Values that pass between the lanes of a warp without memory. */
final class Shuffles {
    /** A lane's value, and how many lanes up it takes its result from. */
    record Shifted(float value, int delta) {
    }

    private Shuffles() {
    }

    /** The sum of all lanes, for each: by halves, 16 lanes apart, then 8, 4, 2, 1. */
    static List<Float> sum(List<Float> values) {
        float[] sums = new float[Warp.SIZE];
        for (int i = 0; i < values.size(); i++) {
            sums[i] = values.get(i);
        }
        for (int distance = Warp.SIZE / 2; distance > 0; distance /= 2) {
            for (int i = 0; i < distance; i++) {
                sums[i] += sums[i + distance];
            }
        }
        return Collections.nCopies(values.size(), sums[0]);
    }

    /** The value of the lane so many places up; a lane's own where there is none. */
    static List<Float> down(List<Shifted> lanes) {
        List<Float> results = new ArrayList<>();
        for (int i = 0; i < lanes.size(); i++) {
            int from = i + (lanes.get(i).delta & (Warp.SIZE - 1));
            results.add(lanes.get(from < lanes.size() ? from : i).value);
        }
        return results;
    }

    /** The first lane's value, for each. */
    static List<Float> broadcastFirst(List<Float> values) {
        return Collections.nCopies(values.size(), values.getFirst());
    }
}
