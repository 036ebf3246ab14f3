// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** The arrays whose addresses kernels have asked for: where their elements lie in the JVM's memory. */
final class ArrayAddresses {
    private static final Map<Long, WeakReference<TornadoNativeArray>> ARRAYS = new ConcurrentHashMap<>();

    private ArrayAddresses() {
    }

    static long of(TornadoNativeArray array) {
        long address = array.getSegment().address();
        ARRAYS.put(address, new WeakReference<>(array));
        return address;
    }

    /** Null where no array that is still used has this address. */
    static @Nullable TornadoNativeArray array(long address) {
        WeakReference<TornadoNativeArray> array = ARRAYS.get(address);
        return array == null ? null : array.get();
    }
}
