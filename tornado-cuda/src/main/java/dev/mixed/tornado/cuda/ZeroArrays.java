// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado.cuda;

import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Arrays of the host that hold nothing but zeros while some uploads run: the GPU makes its own. */
final class ZeroArrays {
    private final Set<Long> addresses = ConcurrentHashMap.newKeySet();

    /** @param arrays with their headers */
    void during(Collection<MemorySegment> arrays, Runnable uploads) {
        arrays.forEach(array -> addresses.add(array.address()));
        try {
            uploads.run();
        } finally {
            addresses.clear();
        }
    }

    /** Whether one begins at this address. */
    boolean has(long address) {
        return addresses.contains(address);
    }
}
