// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.torch;

import java.math.BigInteger;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** A {@code dict} or {@code OrderedDict} of a pickle. Keys are strings, numbers or truth values: what has to be hashed is never nested. */
public final class PickledDict {
    private @Nullable SequencedMap<Object, Object> entries;

    PickledDict() {
    }

    void put(Object key, Object value) {
        if (!(key instanceof String || key instanceof Long || key instanceof BigInteger || key instanceof Boolean)) {
            throw new TorchFormatException("has a dictionary whose keys are neither strings nor numbers");
        }
        if (entries == null) {
            // Only now: a file could name a million empty ones.
            entries = new LinkedHashMap<>();
        }
        entries.put(key, value);
    }

    /** The entries in their order. */
    public SequencedMap<Object, Object> entries() {
        return entries == null ? Collections.emptySortedMap() : Collections.unmodifiableSequencedMap(entries);
    }

    /** The value under {@code key}, or null. */
    public @Nullable Object get(String key) {
        return entries == null ? null : entries.get(key);
    }
}
