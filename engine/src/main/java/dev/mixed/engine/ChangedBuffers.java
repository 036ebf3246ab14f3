// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** What a run of launches changes, as far as half copies are concerned: those of weights that it writes are out of date, unless it writes them, too. */
final class ChangedBuffers {
    private final List<Buffer> weights = new ArrayList<>();
    private final Set<Buffer> written = Collections.newSetFromMap(new IdentityHashMap<>());

    ChangedBuffers(List<Launch> launches) {
        for (Launch launch : launches) {
            for (int i = 0; i < launch.argumentCount(); i++) {
                if (launch.argument(i) instanceof Buffer buffer && launch.access(i) != Launch.Access.READ && buffer.persistent() && written.add(buffer)
                        && buffer.dtype() == DType.F32) {
                    weights.add(buffer);
                }
            }
        }
    }

    /** Notes it; a weight may have been given its copy since the last time. */
    void note() {
        for (Buffer weight : weights) {
            HalfCopy copy = weight.halfCopy();
            if (copy != null && !written.contains(copy.half())) {
                copy.current(false);
            }
        }
    }
}
